#include "spec/keyring.h"

#include <string.h>

typedef struct {
    PublicKey key;
    char *name;
} KeyringKey;

struct Keyring {
    GPtrArray *keys;     /* of KeyringKey */
    GHashTable *revoked; /* ids as text */
    guint threshold;
    Keyring *before; /* NULL: none */
};

SignatureFile *signature_file_new(const char *name, GBytes *bytes)
{
    SignatureFile *file = g_new0(SignatureFile, 1);
    file->name = g_strdup(name);
    file->bytes = g_bytes_ref(bytes);
    return file;
}

void signature_file_free(SignatureFile *file)
{
    g_free(file->name);
    g_bytes_unref(file->bytes);
    g_free(file);
}

Signer *signer_copy(const Signer *signer)
{
    Signer *copy = g_memdup2(signer, sizeof *signer);
    copy->trusted_comment = g_strdup(signer->trusted_comment);
    return copy;
}

void signer_free(Signer *signer)
{
    g_free(signer->trusted_comment);
    g_free(signer);
}

static void key_free(gpointer data)
{
    KeyringKey *key = data;
    g_free(key->name);
    g_free(key);
}

Keyring *keyring_new(void)
{
    Keyring *keyring = g_new0(Keyring, 1);
    keyring->keys = g_ptr_array_new_with_free_func(key_free);
    keyring->revoked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    keyring->threshold = 1;
    return keyring;
}

void keyring_free(Keyring *keyring)
{
    if (keyring == NULL) {
        return;
    }
    g_ptr_array_unref(keyring->keys);
    g_hash_table_unref(keyring->revoked);
    keyring_free(keyring->before);
    g_free(keyring);
}

gboolean keyring_add(Keyring *keyring, const PublicKey *key, const char *name, GError **error)
{
    for (guint i = 0; i < keyring->keys->len; i++) {
        const KeyringKey *other = g_ptr_array_index(keyring->keys, i);
        gboolean has_id = memcmp(other->key.id, key->id, sizeof key->id) == 0;
        gboolean has_bytes = memcmp(other->key.bytes, key->bytes, sizeof key->bytes) == 0;
        if (has_id && has_bytes) {
            return TRUE;
        }
        if (has_id || has_bytes) {
            g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY,
                        has_id ? "%s: expected a key with an id of its own, found that of %s"
                               : "%s: expected a key of its own, found that of %s under another id",
                        name, other->name);
            return FALSE;
        }
    }
    KeyringKey *added = g_new0(KeyringKey, 1);
    added->key = *key;
    added->name = g_strdup(name);
    g_ptr_array_add(keyring->keys, added);
    return TRUE;
}

void keyring_revoke(Keyring *keyring, const char *key_id)
{
    g_hash_table_add(keyring->revoked, g_strdup(key_id));
}

guint keyring_threshold(const Keyring *keyring)
{
    return keyring->threshold;
}

const PublicKey *keyring_key(const Keyring *keyring, guint number)
{
    guint own = keyring->keys->len;
    return number < own ? &((const KeyringKey *)g_ptr_array_index(keyring->keys, number))->key
                        : keyring_key(keyring->before, number - own);
}

void keyring_set_before(Keyring *keyring, Keyring *before)
{
    keyring_free(keyring->before);
    keyring->before = before;
}

Keyring *keyring_before(const Keyring *keyring)
{
    return keyring->before;
}

guint keyring_count(const Keyring *keyring)
{
    return keyring->keys->len + (keyring->before != NULL ? keyring_count(keyring->before) : 0);
}

void keyring_show_id(const Keyring *keyring, guint number, char out[KEY_ID_TEXT_SIZE])
{
    key_id_show(keyring_key(keyring, number)->id, out);
}

gboolean keyring_is_revoked(const Keyring *keyring, const char *key_id)
{
    return g_hash_table_contains(keyring->revoked, key_id);
}

gboolean keyring_set_threshold(Keyring *keyring, guint threshold, GError **error)
{
    guint usable = 0;
    for (guint i = 0; i < keyring->keys->len; i++) {
        char id[KEY_ID_TEXT_SIZE];
        keyring_show_id(keyring, i, id);
        usable += !keyring_is_revoked(keyring, id);
    }
    if (usable < threshold) {
        g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY,
                    "expected at least %u different key%s that %s not revoked, found %u", threshold,
                    threshold == 1 ? "" : "s", threshold == 1 ? "is" : "are", usable);
        return FALSE;
    }
    keyring->threshold = threshold;
    return TRUE;
}

static const KeyringKey *find_key(const Keyring *keyring, const guint8 id[KEY_ID_BYTES])
{
    for (guint i = 0; i < keyring->keys->len; i++) {
        const KeyringKey *key = g_ptr_array_index(keyring->keys, i);
        if (memcmp(key->key.id, id, KEY_ID_BYTES) == 0) {
            return key;
        }
    }
    return NULL;
}

static gboolean has_signed(const GPtrArray *signers, const char *key_id)
{
    for (guint i = 0; i < signers->len; i++) {
        if (strcmp(((const Signer *)g_ptr_array_index(signers, i))->key_id, key_id) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

#define FILE_FIELD "file:"

/* NULL: it is a signature for what is called so; else what it is for, to be freed. */
static char *find_other_name(const Signature *signature, const char *name)
{
    if (name == NULL) {
        return NULL;
    }
    g_auto(GStrv) fields = g_strsplit(signature->trusted_comment, "\t", -1);
    g_autofree char *expected = g_strconcat(FILE_FIELD, name, NULL);
    const char *found = "none";
    for (char **field = fields; *field != NULL; field++) {
        if (strcmp(*field, expected) == 0) {
            return NULL;
        }
        found = g_str_has_prefix(*field, FILE_FIELD) ? *field : found;
    }
    return g_strdup_printf("expected `%s` in its trusted comment, found %s (`xensure sign` writes "
                           "it for a file or folder that is called so)",
                           expected, found);
}

/* What is asked of a signature. */
typedef struct {
    const MessageDigest *digest;
    const char *name; /* NULL: any */
} Asked;

/* Adds its signer, if the file counts. Appends to SAID what was found. */
static void look_at(const Keyring *keyring, const Asked *asked, const SignatureFile *file,
                    GPtrArray *signers, GString *said)
{
    gsize length = 0;
    const char *text = g_bytes_get_data(file->bytes, &length);
    g_autoptr(GError) error = NULL;
    g_autoptr(Signature) signature = signature_parse(text != NULL ? text : "", length, &error);
    g_string_append_printf(said, "; %s: ", file->name);
    if (signature == NULL) {
        g_string_append(said, error->message);
        return;
    }
    char id[KEY_ID_TEXT_SIZE];
    key_id_show(signature->key_id, id);
    const KeyringKey *key = find_key(keyring, signature->key_id);
    g_autofree char *other = find_other_name(signature, asked->name);
    if (keyring_is_revoked(keyring, id)) {
        g_string_append_printf(said, "the key %s is revoked", id);
    } else if (key == NULL) {
        g_string_append_printf(said, "the key %s is none of those", id);
    } else if (!signature_check(signature, &key->key, asked->digest, &error)) {
        g_string_append_printf(said, "the key %s: %s", id, error->message);
    } else if (other != NULL) {
        g_string_append_printf(said, "the key %s: %s", id, other);
    } else if (has_signed(signers, id)) {
        g_string_append_printf(said, "the key %s once more", id);
    } else {
        g_string_append_printf(said, "the key %s has signed", id);
        Signer *signer = g_new0(Signer, 1);
        g_strlcpy(signer->key_id, id, sizeof signer->key_id);
        signer->trusted_comment = g_strdup(signature->trusted_comment);
        g_ptr_array_add(signers, signer);
    }
}

static gboolean refuse(const Keyring *keyring, guint found, const char *said, GError **error)
{
    guint count = keyring->keys->len;
    char id[KEY_ID_TEXT_SIZE] = "";
    if (count == 1) {
        keyring_show_id(keyring, 0, id);
    }
    g_autofree char *expected =
        count == 1
            ? g_strdup_printf("a signature by the trusted key %s", id)
            : g_strdup_printf("signatures by %u of the %u trusted keys", keyring->threshold, count);
    g_autofree char *number = found > 0 ? g_strdup_printf("%u", found) : g_strdup("none");
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED, "expected %s, found %s%s",
                expected, number, said);
    return FALSE;
}

gboolean keyring_check(const Keyring *keyring, const MessageDigest *digest, const char *name,
                       const GPtrArray *files, GPtrArray *signers, GError **error)
{
    const Asked asked = {digest, name};
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)signer_free);
    g_autoptr(GString) said = g_string_new(files->len == 0 ? " beside it" : NULL);
    for (guint i = 0; i < files->len; i++) {
        look_at(keyring, &asked, g_ptr_array_index(files, i), found, said);
    }
    if (found->len < keyring->threshold) {
        return refuse(keyring, found->len, said->str, error);
    }
    while (signers != NULL && found->len > 0) {
        g_ptr_array_add(signers, g_ptr_array_steal_index(found, 0));
    }
    return TRUE;
}

/* 9999-12-31T23:59:59Z: what is later cannot be told, and is no time at which anybody signs. */
#define SIGNED_TIME_MAX G_GINT64_CONSTANT(253402300799)

static gint64 find_time(const Signer *signer)
{
    static const char word[] = "timestamp:";
    gint64 time = 0;
    if (!g_str_has_prefix(signer->trusted_comment, word)) {
        return 0;
    }
    const char *digits = signer->trusted_comment + strlen(word);
    g_autofree char *number = g_strndup(digits, strcspn(digits, "\t"));
    return g_ascii_string_to_signed(number, 10, 0, SIGNED_TIME_MAX, &time, NULL) ? time : 0;
}

static int compare_times(gconstpointer left, gconstpointer right)
{
    gint64 a = *(const gint64 *)left;
    gint64 b = *(const gint64 *)right;
    return (a < b) - (a > b);
}

gint64 keyring_signed_time(const Keyring *keyring, const GPtrArray *signers)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint i = 0; i < signers->len; i++) {
        gint64 time = find_time(g_ptr_array_index(signers, i));
        g_array_append_val(times, time);
    }
    g_array_sort(times, compare_times);
    return times->len >= keyring->threshold ? g_array_index(times, gint64, keyring->threshold - 1)
                                            : 0;
}
