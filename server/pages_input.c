/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_input.h"

#include <stdio.h>
#include <string.h>

void server_label_of(struct server_page *page, const char *name, const char *label)
{
    wsync_html_raw(page->html, "<div class=\"field\"><label");
    wsync_html_attr(page->html, "for", name);
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, label);
    wsync_html_raw(page->html, "</label>");
}

/* ---- a line ---- */

enum { ID_BYTES = 64 };

/* What describes a control: "NAME-hint" and "NAME-fault". */
static const char *id_of(const char *name, const char *end, char id[ID_BYTES])
{
    snprintf(id, ID_BYTES, "%s%s", name, end);
    return id;
}

static void write_describedby(struct server_page *page, const struct server_input *input)
{
    struct wsync_html *html = page->html;
    char id[ID_BYTES];
    if (input->hint || input->fault) {
        wsync_html_raw(html, " aria-describedby=\"");
        wsync_html_text(html, input->fault ? id_of(input->name, "-fault", id) : "");
        wsync_html_text(html, input->fault && input->hint ? " " : "");
        wsync_html_text(html, input->hint ? id_of(input->name, "-hint", id) : "");
        wsync_html_raw(html, "\"");
    }
    if (input->fault) {
        wsync_html_raw(html, " aria-invalid=\"true\"");
    }
}

static void write_notes(struct server_page *page, const struct server_input *input)
{
    struct wsync_html *html = page->html;
    char id[ID_BYTES];
    if (input->hint) {
        wsync_html_raw(html, "<span class=\"hint\"");
        wsync_html_attr(html, "id", id_of(input->name, "-hint", id));
        wsync_html_raw(html, ">");
        wsync_html_text(html, input->hint);
        wsync_html_raw(html, "</span>");
    }
    if (input->fault) {
        wsync_html_raw(html, "<span class=\"fault\"");
        wsync_html_attr(html, "id", id_of(input->name, "-fault", id));
        wsync_html_raw(html, ">");
        wsync_html_text(html, input->fault);
        wsync_html_raw(html, "</span>");
    }
}

static void write_control(struct server_page *page, const struct server_input *input)
{
    struct wsync_html *html = page->html;
    const char *type = input->type ? input->type : "text";
    bool area = strcmp(type, "area") == 0;
    if (area) {
        wsync_html_raw(html, "<textarea");
    } else {
        wsync_html_raw(html, "<input");
        wsync_html_attr(html, "type", type);
    }
    wsync_html_attr(html, "id", input->name);
    wsync_html_attr(html, "name", input->name);
    write_describedby(page, input);
    if (input->required) {
        wsync_html_raw(html, " required");
    }
    if (strcmp(type, "password") == 0) {
        wsync_html_raw(html, " autocomplete=\"off\"");
    } else if (!area) {
        wsync_html_attr(html, "value", input->value ? input->value : "");
    }
    wsync_html_raw(html, ">");
    if (area) {
        wsync_html_raw(html, "\n");
        wsync_html_text(html, input->value ? input->value : "");
        wsync_html_raw(html, "</textarea>");
    }
}

void server_input(struct server_page *page, const struct server_input *input)
{
    server_label_of(page, input->name, input->label);
    write_notes(page, input);
    write_control(page, input);
    wsync_html_raw(page->html, "</div>\n");
}

/* ---- a choice ---- */

void server_select(struct server_page *page, const struct server_input *input)
{
    server_label_of(page, input->name, input->label);
    write_notes(page, input);
    wsync_html_raw(page->html, "<select");
    wsync_html_attr(page->html, "id", input->name);
    wsync_html_attr(page->html, "name", input->name);
    write_describedby(page, input);
    wsync_html_raw(page->html, ">\n");
}

void server_select_begin(struct server_page *page, const char *name, const char *label)
{
    server_select(page, &(struct server_input){.name = name, .label = label});
}

void server_select_end(struct server_page *page)
{
    wsync_html_raw(page->html, "</select></div>\n");
}

void server_option_begin(struct server_page *page, struct wsync_slice value, bool selected)
{
    wsync_html_raw(page->html, "<option");
    wsync_html_attr_slice(page->html, "value", value);
    if (selected) {
        wsync_html_raw(page->html, " selected");
    }
    wsync_html_raw(page->html, ">");
}

void server_option(struct server_page *page, const char *value, const char *text, bool selected)
{
    server_option_begin(page, wsync_slice_of(value), selected);
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</option>\n");
}

void server_tick(struct server_page *page, const char *name, struct wsync_slice value,
                 struct wsync_slice label, bool ticked)
{
    wsync_html_raw(page->html, "<label class=\"choice\"><input type=\"checkbox\"");
    wsync_html_attr(page->html, "name", name);
    wsync_html_attr_slice(page->html, "value", value);
    if (ticked) {
        wsync_html_raw(page->html, " checked");
    }
    wsync_html_raw(page->html, ">");
    wsync_html_slice(page->html, label);
    wsync_html_raw(page->html, "</label>\n");
}

void server_hidden(struct server_page *page, const char *name, const char *value)
{
    wsync_html_raw(page->html, "<input type=\"hidden\"");
    wsync_html_attr(page->html, "name", name);
    wsync_html_attr(page->html, "value", value);
    wsync_html_raw(page->html, ">\n");
}

void server_input_end(struct server_page *page, const char *kind, const char *label,
                      const char *back)
{
    wsync_html_raw(page->html, "<p class=\"actions\"><button");
    wsync_html_attr(page->html, "class", kind);
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, label);
    wsync_html_raw(page->html, "</button>");
    if (back) {
        wsync_html_raw(page->html, " <a class=\"button second\"");
        wsync_html_attr(page->html, "href", back);
        wsync_html_raw(page->html, ">");
        server_say(page, "Thôi, quay lại", "No, go back");
        wsync_html_raw(page->html, "</a>");
    }
    wsync_html_raw(page->html, "</p>\n</form>\n");
}
