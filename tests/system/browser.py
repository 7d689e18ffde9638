# SPDX-License-Identifier: Apache-2.0
"""browser.py: a browser without script for the system tests: cookies, links, forms as they stand.

It sends what a page offers: a form is found by its address, every field of it goes along with
the value that the page gave it, and the test says only what a person types."""
import html.parser
import http.client
import re
import urllib.parse


class Page(html.parser.HTMLParser):
    """An answer, with the forms and the visible text of it."""

    def __init__(self, status, headers, body):
        super().__init__()
        self.status, self.headers, self.body = status, headers, body
        self.forms, self.ids, self.said, self.within = [], {}, [], []
        self.area = self.select = None
        self.feed(body)
        self.text = re.sub(r"[\s\u2060]+", " ", "".join(self.said))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.ids[given["id"]] = ""
        if "id" in given and tag != "input":
            self.within.append((tag, given["id"]))
        elif self.within and tag == self.within[-1][0]:
            self.within.append((tag, self.within[-1][1]))
        if tag in ("p", "br", "td", "th", "li", "h1", "h2", "option", "tr", "dt", "dd", "label",
                   "fieldset", "legend"):
            self.said.append(" ")
        if tag == "form":
            self.forms.append({"action": given.get("action"), "fields": [], "buttons": []})
        elif self.forms:
            self.control(tag, given)

    def control(self, tag, given):
        fields, name = self.forms[-1]["fields"], given.get("name")
        kind = given.get("type", "text")
        if tag == "input" and name and kind in ("checkbox", "radio"):
            if "checked" in given:
                fields.append([name, given.get("value", "on")])
        elif tag == "input" and name:
            fields.append([name, given.get("value") or ""])
        elif tag == "textarea":
            self.area = [name, ""]
            fields.append(self.area)
        elif tag == "select":
            self.select = [name, None]
            fields.append(self.select)
        elif tag == "option" and self.select:
            if "selected" in given or self.select[1] is None:
                self.select[1] = given.get("value", "")
        elif tag == "button" and name:
            self.forms[-1]["buttons"].append([name, given.get("value", "")])

    def handle_endtag(self, tag):
        if self.within and tag == self.within[-1][0]:
            self.within.pop()
        if tag == "textarea":
            self.area[1] = self.area[1][1:] if self.area[1].startswith("\n") else self.area[1]
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data):
        self.said.append(data)
        if self.area:
            self.area[1] += data
        for _, name in self.within:
            self.ids[name] += data

    def form(self, action):
        return next(f for f in self.forms if f["action"] == action)


class Browser:
    """One person at http://127.0.0.1:PORT/."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def ask(self, method, path, fields=None, headers=None):
        """One request; says the answer, and follows nothing."""
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if method == "POST":
            body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(
                [tuple(f) for f in fields or []])
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent["Origin"] = f"http://127.0.0.1:{self.port}"
        sent.update(headers or {})
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=150)
        try:
            link.request(method, path, body, {k: v for k, v in sent.items() if v})
            answer = link.getresponse()
            if "event-stream" in answer.headers.get("Content-Type", ""):
                raise AssertionError(f"{path} is a stream: there is no end of it to wait for")
            raw = answer.read()
        finally:
            link.close()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        page = Page(answer.status, answer.headers, raw.decode("utf-8", "replace"))
        page.raw = raw  # of a file
        return page

    def get(self, path):
        return self.ask("GET", path)

    def filled(self, page, action, typed, button=None):
        """The fields of a form with what a person typed over them; None leaves one out."""
        form = page.form(action)
        fields = [f for f in form["fields"] if f[0] not in typed]
        fields += [[k, v] for k, v in typed.items() if v is not None]
        return fields + [b for b in form["buttons"] if b == button]

    def send(self, page, action, typed=None, button=None):
        """Sends a form of the page and follows the answer, as a browser does."""
        return self.follow(self.ask("POST", action,
                                    self.filled(page, action, typed or {}, button)))

    def send_files(self, page, action, files, typed=None):
        """Sends a form with files, {control: (name, bytes)}, and follows the answer."""
        mark = "----WardsyncTestBoundary"
        parts = [(f'form-data; name="{name}"', str(value).encode())
                 for name, value in self.filled(page, action, typed or {})
                 if name not in files]
        parts += [(f'form-data; name="{name}"; filename="{file}"', data)
                  for name, (file, data) in files.items()]
        body = b"".join(f"--{mark}\r\nContent-Disposition: {head}\r\n\r\n".encode() + data +
                        b"\r\n" for head, data in parts) + f"--{mark}--\r\n".encode()
        return self.follow(self.ask("POST", action, body, {
            "Content-Type": f"multipart/form-data; boundary={mark}"}))

    def follow(self, page):
        if page.status == 303:
            return self.get(page.headers["Location"])
        return page
