/* agent.yaml: what the administrator of this host decided. */
#pragma once

#include "spec/settings.h"

#define KEY(id, ...) AGENT_KEY_##id,
typedef enum {
#include "agent/agent_keys.def"
    AGENT_KEY_COUNT
} AgentKey;
#undef KEY
#define KEY(id, ...) SOURCE_KEY_##id,
typedef enum {
#include "agent/source_keys.def"
    SOURCE_KEY_COUNT
} SourceKey;
#undef KEY
#define KEY(id, ...) HOOK_KEY_##id,
typedef enum {
#include "agent/hook_keys.def"
    HOOK_KEY_COUNT
} HookKey;
#undef KEY

extern const KeyTable agent_keys;
extern const KeyTable source_keys;
extern const KeyTable hook_keys;

#define AGENT_CONFIG_PATH "/etc/xensure/agent.yaml"

typedef struct AgentConfig AgentConfig;

/* Reads agent.yaml. TEXT NULL: the defaults. Takes TEXT over. NULL when it is refused, with the
 * reasons in PROBLEMS (which must not outlive TEXT: on failure they are formatted by the caller
 * first, so TEXT stays alive until agent_config_free()). */
AgentConfig *agent_config_read(TrustedText *text, Problems *problems);
void agent_config_free(AgentConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AgentConfig, agent_config_free)

/* Did agent_config_read() find errors? */
gboolean agent_config_is_good(const AgentConfig *config);
/* The text that it was read from; NULL: the defaults. */
const TrustedText *agent_config_origin(const AgentConfig *config);
gint64 agent_config_integer(const AgentConfig *config, AgentKey key);
/* NULL: not set, and there is no default. */
const char *agent_config_text(const AgentConfig *config, AgentKey key);
const Value *agent_config_value(const AgentConfig *config, AgentKey key);
/* Its readiness checks: name -> char **, a program and its arguments. */
GHashTable *agent_config_checks(const AgentConfig *config);
