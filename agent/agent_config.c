#include "agent/agent_config.h"

#include "agent/address_checks.h"
#include "agent/agent_checks.h"
#include "agent/git_request.h"
#include "spec/key_words.h"
#include "spec/signature.h"
#include "spec/signed_commit.h"
#include "spec/text_checks.h"

static const char *const words_toolstack[] = {"auto", "xl", "xm", "sim", NULL};
static const char *const words_first_use[] = {"ask", "allow", NULL};
static const char *const words_event[] = {"applied", "failed", "held", "conflict", NULL};
static const char *const words_mode[] = {"apply", "report", NULL};

#define KEY(id, key_name, text, ...)                                                               \
    [AGENT_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow agent_rows[] = {
#include "agent/agent_keys.def"
};
#undef KEY
#define KEY(id, key_name, text, ...)                                                               \
    [SOURCE_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow source_rows[] = {
#include "agent/source_keys.def"
};
#undef KEY
#define KEY(id, key_name, text, ...) [HOOK_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow hook_rows[] = {
#include "agent/hook_keys.def"
};
#undef KEY

const KeyTable agent_keys = KEY_TABLE("agent.yaml", agent_rows);
const KeyTable source_keys = KEY_TABLE("a source", source_rows);
const KeyTable hook_keys = KEY_TABLE("a program of on_event", hook_rows);

struct AgentConfig {
    TrustedText *text;
    GStringChunk *strings;
    Settings *settings;
    GHashTable *checks; /* name -> char ** */
    gboolean is_good;
};

/* What runs them looks on no PATH. */
static void check_hooks(const Settings *settings, Problems *problems)
{
    const Value *hooks = settings_get(settings, AGENT_KEY_on_event);
    for (guint i = 0; hooks != NULL && i < hooks->count; i++) {
        const Value *words = settings_own(hooks->items[i].table, HOOK_KEY_command);
        if (words != NULL && (words->count == 0 || !g_path_is_absolute(words->items[0].text))) {
            problems_add(problems, words->where,
                         "expected the absolute path of a program as the first word of "
                         "`command`, found '%s'",
                         words->count > 0 ? words->items[0].text : "");
        }
    }
}

static gboolean read_tree(AgentConfig *config, Problems *problems)
{
    guint errors = problems_count_errors(problems);
    g_autoptr(YamlTree) tree = yaml_tree_parse(config->text, problems);
    if (tree == NULL) {
        return FALSE;
    }
    Position start = {config->text, 1, 1};
    guint documents = yaml_tree_count_documents(tree);
    if (documents == 0) {
        return problems_count_errors(problems) == errors;
    }
    const YamlNode *root = yaml_tree_document(tree, 0);
    if (documents > 1 || root->kind != YAML_MAPPING) {
        return problems_add(problems, start, "expected one mapping of agent.yaml's keys, found %s",
                            documents > 1 ? "several documents" : "something else");
    }
    ValueReader reader = {tree, problems, config->strings};
    settings_free(config->settings);
    config->settings = settings_read(&reader, &agent_keys, root, FALSE);
    g_hash_table_unref(config->checks);
    config->checks = agent_checks_read(tree, root, problems);
    check_hooks(config->settings, problems);
    return problems_count_errors(problems) == errors;
}

AgentConfig *agent_config_read(TrustedText *text, Problems *problems)
{
    AgentConfig *config = g_new0(AgentConfig, 1);
    config->text = text;
    config->strings = g_string_chunk_new(256);
    config->settings = settings_new(&agent_keys);
    config->checks = g_hash_table_new(g_str_hash, g_str_equal);
    config->is_good = text == NULL || read_tree(config, problems);
    return config;
}

void agent_config_free(AgentConfig *config)
{
    if (config == NULL) {
        return;
    }
    settings_free(config->settings);
    g_hash_table_unref(config->checks);
    g_string_chunk_free(config->strings);
    trusted_text_free(config->text);
    g_free(config);
}

gboolean agent_config_is_good(const AgentConfig *config)
{
    return config->is_good;
}

const TrustedText *agent_config_origin(const AgentConfig *config)
{
    return config->text;
}

const Value *agent_config_value(const AgentConfig *config, AgentKey key)
{
    return settings_get(config->settings, key);
}

gint64 agent_config_integer(const AgentConfig *config, AgentKey key)
{
    const Value *value = agent_config_value(config, key);
    return value != NULL ? value->integer : 0;
}

const char *agent_config_text(const AgentConfig *config, AgentKey key)
{
    const Value *value = agent_config_value(config, key);
    return value != NULL ? value->text : NULL;
}

GHashTable *agent_config_checks(const AgentConfig *config)
{
    return config->checks;
}
