# SPDX-License-Identifier: Apache-2.0
"""workbook.py: workbooks (.xlsx) by hand, no more in them than a reader needs.

    python3 workbook.py < '[["Tuần 1", "visible", [["date"], ["16/04/2022"]]], ...]' > book.xlsx"""
import html
import io
import json
import sys
import zipfile


def workbook(rows, styles="<xf/><xf numFmtId='14'/>", doctype="", name="Sổ", more=()):
    """The bytes of a workbook of these rows of XML cells, the first in row 1, and behind that sheet of
    `more`: (name, state, rows), a chart without rows."""
    memory = io.BytesIO()
    sheets = [(name, "visible", rows), *more]
    named = "".join(f"<sheet name='{html.escape(n)}' state='{state}' r:id='s{at}'/>"
                    for at, (n, state, _) in enumerate(sheets))
    places = "".join(f"<Relationship Id='s{at}' Type='t/{'chart' if r is None else 'work'}sheet' "
                     f"Target='s{at}.xml'/>" for at, (_, _, r) in enumerate(sheets))
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in (
                ("_rels/.rels", "<R><Relationship Type='t/officeDocument' Target='xl/w.xml'/></R>"),
                ("xl/w.xml", f"<w xmlns:r='r'>{named}</w>"),
                ("xl/_rels/w.xml.rels", f"<R>{places}<Relationship Id='c' Type='t/styles' "
                                        "Target='f.xml'/></R>"),
                ("xl/f.xml", f"<s><cellXfs>{styles}</cellXfs></s>"),
                *((f"xl/s{at}.xml", f"{doctype}<s>" + "".join(
                    f"<row r='{place}'>{''.join(row)}</row>" for place, row in enumerate(r, 1)) +
                    "</s>") for at, (_, _, r) in enumerate(sheets) if r is not None)):
            package.writestr(part, content)
    return memory.getvalue()


def text(value):
    return f"<c t='inlineStr'><is><t>{html.escape(value)}</t></is></c>"


def number(value, style=0):
    return f"<c s='{style}'><v>{value}</v></c>"


if __name__ == "__main__":
    (first, _, rows), *others = [
        (name, state, rows and [[text(cell) for cell in row] for row in rows])
        for name, state, rows in json.load(sys.stdin)]
    sys.stdout.buffer.write(workbook(rows, name=first, more=others))
