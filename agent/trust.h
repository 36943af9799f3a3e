/* `trust` of agent.yaml: whose signatures vouch for a spec, and where they lie. */
#pragma once

#include "agent/agent_config.h"
#include "spec/keyring.h"

/* Reads the keys of `trust` in agent.yaml. IS_USED: what is read may have to be signed by them, so
 * that none at all are too few where they are required. NULL without an error: it names none. */
Keyring *trust_read_keyring(const AgentConfig *config, gboolean is_used, GError **error);
/* Those of a source alone (its settings in agent.yaml). NULL without an error: it names none. */
Keyring *trust_read_source_keyring(const AgentConfig *config, const Settings *source,
                                   GError **error);
/* From now on, signatures of the keys that agent.yaml revokes count for nothing. */
void trust_revoke(const AgentConfig *config, Keyring *keyring);
/* Must every spec be signed? */
gboolean trust_is_required(const AgentConfig *config);
/* Reads what lies beside a file as its signatures (of SignatureFile): FILE.minisig, and
 * FILE.KEYID.minisig of each key of the keyring. NULL when one is there and cannot be read. */
GPtrArray *trust_read_signatures(const char *path, const Keyring *keyring, GError **error);
/* "FILE.minisig"; with a key's id, "FILE.KEYID.minisig". To be freed. */
char *trust_signature_path(const char *path, const char *key_id);
