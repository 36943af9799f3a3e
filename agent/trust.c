#include "agent/trust.h"

#include "agent/key_files.h"
#include "xenbackend/file.h"

static gboolean add_key(Keyring *keyring, const char *path, GError **error)
{
    PublicKey key;
    return key_files_read_public(path, &key, error) && keyring_add(keyring, &key, path, error);
}

gboolean trust_is_required(const AgentConfig *config)
{
    return agent_config_integer(config, AGENT_KEY_trust_required) != 0;
}

void trust_revoke(const AgentConfig *config, Keyring *keyring)
{
    const Value *revoked = agent_config_value(config, AGENT_KEY_trust_revoked);
    for (guint i = 0; revoked != NULL && i < revoked->count; i++) {
        keyring_revoke(keyring, revoked->items[i].text);
    }
}

/* WHERE: what names the keys, for an error. */
static Keyring *read_keys(const AgentConfig *config, const Value *keys, gint64 threshold,
                          const char *where, GError **error)
{
    g_autoptr(Keyring) keyring = keyring_new();
    for (guint i = 0; keys != NULL && i < keys->count; i++) {
        if (!add_key(keyring, keys->items[i].text, error)) {
            return NULL;
        }
    }
    trust_revoke(config, keyring);
    if (!keyring_set_threshold(keyring, (guint)threshold, error)) {
        g_prefix_error(error, "`%s` in agent.yaml: ", where);
        return NULL;
    }
    return g_steal_pointer(&keyring);
}

Keyring *trust_read_keyring(const AgentConfig *config, gboolean is_used, GError **error)
{
    const Value *keys = agent_config_value(config, AGENT_KEY_trust_keys);
    gboolean is_named = keys != NULL && keys->count > 0;
    return is_named || (is_used && trust_is_required(config))
               ? read_keys(config, keys, agent_config_integer(config, AGENT_KEY_trust_threshold),
                           "trust", error)
               : NULL;
}

Keyring *trust_read_source_keyring(const AgentConfig *config, const Settings *source,
                                   GError **error)
{
    const Value *keys = settings_own(source, SOURCE_KEY_keys);
    return keys != NULL
               ? read_keys(config, keys, settings_get(source, SOURCE_KEY_threshold)->integer,
                           "keys", error)
               : NULL;
}

char *trust_signature_path(const char *path, const char *key_id)
{
    return key_id != NULL ? g_strconcat(path, ".", key_id, SIGNATURE_SUFFIX, NULL)
                          : g_strconcat(path, SIGNATURE_SUFFIX, NULL);
}

static gboolean add_signature(const char *path, GPtrArray *files, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) bytes = file_read_if_there(path, SIGNATURE_FILE_BYTES_MAX, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (bytes != NULL) {
        g_ptr_array_add(files, signature_file_new(path, bytes));
    }
    return TRUE;
}

GPtrArray *trust_read_signatures(const char *path, const Keyring *keyring, GError **error)
{
    g_autoptr(GPtrArray) files =
        g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    g_autofree char *plain = trust_signature_path(path, NULL);
    if (!add_signature(plain, files, error)) {
        return NULL;
    }
    for (guint i = 0; i < keyring_count(keyring); i++) {
        char id[KEY_ID_TEXT_SIZE];
        keyring_show_id(keyring, i, id);
        g_autofree char *own = trust_signature_path(path, id);
        if (!add_signature(own, files, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&files);
}
