/* Any bytes as an agent.yaml: refused with reasons, or read; then the checks that it names are what
 * may be run: names that a spec can say, programs by their absolute paths, within the limits. */
#include "agent/agent_checks.h"
#include "agent/agent_config.h"
#include "spec/text_checks.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_checks(const AgentConfig *config)
{
    GHashTableIter iterator;
    gpointer name;
    gpointer command;
    g_assert_cmpuint(g_hash_table_size(agent_config_checks(config)), <=, AGENT_CHECKS_MAX);
    g_hash_table_iter_init(&iterator, agent_config_checks(config));
    while (g_hash_table_iter_next(&iterator, &name, &command)) {
        g_assert_null(check_label(name));
        g_assert_cmpuint(g_strv_length(command), >=, 1);
        g_assert_cmpuint(g_strv_length(command), <=, AGENT_CHECK_WORDS_MAX);
        g_assert_true(g_path_is_absolute(((char **)command)[0]));
        for (char **word = command; *word != NULL; word++) {
            g_assert_true(g_utf8_validate(*word, -1, NULL));
        }
    }
}

static void check_rows(const AgentConfig *config)
{
    for (guint i = 0; i < AGENT_KEY_COUNT; i++) {
        const Value *value = agent_config_value(config, (AgentKey)i);
        const KeyRow *row = &agent_keys.rows[i];
        if (value != NULL && (row->type == TYPE_INTEGER || row->type == TYPE_SECONDS)) {
            g_assert_cmpint(value->integer, >=, row->minimum);
            g_assert_cmpint(value->integer, <=, row->maximum);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(AgentConfig) config =
        agent_config_read(trusted_text_new_local("agent.yaml", bytes), problems);
    g_autoptr(GString) text = g_string_new(NULL);
    problems_format(problems, text, FALSE);
    g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
    g_assert_true(agent_config_is_good(config) == (problems_count_errors(problems) == 0));
    check_checks(config);
    check_rows(config);
    return 0;
}
