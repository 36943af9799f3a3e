/* A set of keys and how many of them have to sign, as one word: "2:RWQ...,RWR...", each key as in
 * the second line of minisign's file, in byte order. Two sets are the same if their words are. */
#pragma once

#include "spec/keyring.h"

#define KEY_SET_KEYS_MAX 64u
#define KEY_TEXT_LENGTH  56 /* of one key */

/* NULL when it is such a key, or what was expected. */
const char *key_set_check_key(const char *text);
/* Of keys that are such; each counts once. To be freed. */
char *key_set_format(const char *const *keys, guint count, guint threshold);
/* The set of a keyring, revoked keys and all. To be freed. */
char *key_set_of(const Keyring *keyring);
/* A keyring of the set. NAME is where it is from. SIGNATURE_ERROR_FORMAT where it is none;
 * SIGNATURE_ERROR_KEY where its keys cannot stand together, or are fewer than have to sign. */
Keyring *key_set_read(const char *set, const char *name, GError **error);
