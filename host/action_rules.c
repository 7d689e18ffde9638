/* SPDX-License-Identifier: Apache-2.0 */
#include "host/action_rules.h"

#include <string.h>

static enum wsync_err refuse(struct wsync_error *error, const char *what, const char *command)
{
    return wsync_error_set(error, WSYNC_ERR_RIGHT, "A page may not have this run: %s%.40s.",
                           what, command);
}

/* Is `word` the option `option`, which ends in "=" when it takes a value? */
static bool is_option(const char *word, const char *option)
{
    size_t len = strlen(option);
    return option[len - 1] == '=' ? strncmp(word, option, len) == 0 : strcmp(word, option) == 0;
}

/* `word` without its dashes. */
static bool allows_option(const struct wsync_action_rule *rule, const char *word)
{
    if (strcmp(word, "json") == 0 || strcmp(word, "lang=vi") == 0 ||
        strcmp(word, "lang=en") == 0) {
        return true;
    }
    for (size_t i = 0; i < WSYNC_ACTION_OPTIONS_MAX && rule->options[i]; i++) {
        if (is_option(word, rule->options[i])) {
            return true;
        }
    }
    return false;
}

/* The words behind the command; the first that is not allowed is named. */
static enum wsync_err check(const struct wsync_action_rule *rule, const char *const *argv,
                            size_t file_count, struct wsync_error *error)
{
    size_t i = 1;
    for (; argv[i] && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0 || !allows_option(rule, argv[i] + 2)) {
            return refuse(error, "the option ", argv[i]);
        }
    }
    const char *const *operands = argv[i] ? argv + i + 1 : argv + i;
    size_t count = 0;
    while (operands[count]) {
        count++;
    }
    if (count > rule->operands_max) {
        return refuse(error, "too many words for ", rule->command);
    }
    if (rule->verb && (count == 0 || strcmp(operands[0], rule->verb) != 0)) {
        return refuse(error, "another kind of ", rule->command);
    }
    if (file_count > rule->files_max) {
        return refuse(error, "too many files for ", rule->command);
    }
    return WSYNC_OK;
}

enum wsync_err wsync_action_allow(const struct wsync_action_rule *rules,
                                  const char *const *argv, size_t file_count,
                                  const struct wsync_action_rule **rule,
                                  struct wsync_error *error)
{
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    for (; rules->command && err != WSYNC_OK && argv[0]; rules++) {
        if (strcmp(argv[0], rules->command) == 0) {
            *rule = rules;
            err = check(rules, argv, file_count, error);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND
               ? refuse(error, "the command ", argv[0] ? argv[0] : "without a name")
               : err;
}
