#include "agent/key_files.h"

#include "agent/password.h"
#include "xenbackend/file.h"
#include "xenbackend/file_pieces.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>

#define SIGNATURE_COMMENT "signature from minisign secret key"

static const char *secret_path(const Options *options)
{
    return options->secret_key != NULL ? options->secret_key : SECRET_KEY_PATH;
}

static const char *public_path(const Options *options)
{
    return options->public_key != NULL ? options->public_key : PUBLIC_KEY_PATH;
}

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_propagate_error(error,
                      g_error_new_valist(G_FILE_ERROR, G_FILE_ERROR_INVAL, format, arguments));
    va_end(arguments);
    return FALSE;
}

void key_files_hide(void)
{
    /* Where it cannot be had, the key is as well protected as the rest of the user's memory. */
    prctl(PR_SET_DUMPABLE, 0);
}

/* ---- making a pair ---- */

static SecretKey *make_key(GError **error)
{
    guint8 chance[SECRET_KEY_CHANCE_BYTES];
    SecretKey *key = NULL;
    if (TEMP_FAILURE_RETRY(getrandom(chance, sizeof chance, 0)) == (gssize)sizeof chance) {
        key = secret_key_new(chance);
    } else {
        fail(error, "the system gave no random bytes: %s", g_strerror(errno));
    }
    explicit_bzero(chance, sizeof chance);
    return key;
}

static gboolean lock_key(const Options *options, SecretKey *key, GError **error)
{
    if (options->has_no_password) {
        return TRUE;
    }
    char *password = options->password_file != NULL
                         ? password_read_file(options->password_file, error)
                         : password_ask("Password for the new key: ", TRUE, error);
    gboolean is_weaker = FALSE;
    gboolean is_locked = password != NULL &&
                         (*password != '\0' ||
                          fail(error, "expected a password, found an empty one (a key without one: "
                                      "--no-password)")) &&
                         secret_key_lock(key, password, &password_cost_full, &is_weaker, error);
    password_free(password);
    if (is_locked && is_weaker) {
        fprintf(stderr, "xensure: warning: for want of memory, the password protects the key less "
                        "well than it could\n");
    }
    return is_locked;
}

/* It would be found out again when the file is made, but after a password was asked for. */
static gboolean check_is_new(const char *path, GError **error)
{
    struct stat status;
    return lstat(path, &status) != 0 ||
           fail(error, "%s is there already, and no key is ever overwritten", path);
}

static gboolean write_pair(const Options *options, const SecretKey *key, const PublicKey *half,
                           GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GString *secret = g_string_new(NULL);
    secret_key_format(key, secret);
    gboolean is_written = file_create(secret_path(options), secret->str, secret->len, 0600, error);
    explicit_bzero(secret->str, secret->len);
    g_string_free(secret, TRUE);
    public_key_format(half, text);
    if (is_written && !file_create(public_path(options), text->str, text->len, 0644, error)) {
        g_prefix_error(error,
                       "the secret key is in %s, but not its public half: ", secret_path(options));
        return FALSE;
    }
    return is_written;
}

gboolean key_files_make(const Options *options, char id[KEY_ID_TEXT_SIZE], GError **error)
{
    if (options->has_no_password && options->password_file != NULL) {
        return fail(error, "expected --password-file or --no-password, not both");
    }
    if (!check_is_new(secret_path(options), error) || !check_is_new(public_path(options), error)) {
        return FALSE;
    }
    g_autoptr(SecretKey) key = make_key(error);
    PublicKey half;
    if (key == NULL) {
        return FALSE;
    }
    secret_key_get_public(key, &half);
    key_id_show(half.id, id);
    return lock_key(options, key, error) && write_pair(options, key, &half, error);
}

/* ---- reading keys ---- */

static gboolean unlock_key(const Options *options, SecretKey *key, GError **error)
{
    if (!secret_key_is_locked(key)) {
        return TRUE;
    }
    g_autofree char *prompt = g_strdup_printf("Password for %s: ", secret_path(options));
    char *password = options->password_file != NULL
                         ? password_read_file(options->password_file, error)
                         : password_ask(prompt, FALSE, error);
    gboolean is_unlocked = password != NULL && secret_key_unlock(key, password, error);
    password_free(password);
    return is_unlocked;
}

static void warn_of_readers(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        fprintf(stderr,
                "xensure: warning: %s is a secret key, and others can read it (chmod 600)\n", path);
    }
}

/* Nobody else has the bytes, so that they are not copied here. */
static void wipe(GBytes *bytes)
{
    gsize length = 0;
    char *text = g_bytes_unref_to_data(bytes, &length);
    explicit_bzero(text, length);
    g_free(text);
}

SecretKey *key_files_open_secret(const Options *options, GError **error)
{
    const char *path = secret_path(options);
    GBytes *bytes = file_read(path, SIGNATURE_FILE_BYTES_MAX, error);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autoptr(SecretKey) key = secret_key_parse(text != NULL ? text : "", length, error);
    wipe(bytes);
    if (key == NULL) {
        g_prefix_error(error, "%s is not a secret key: ", path);
        return NULL;
    }
    warn_of_readers(path);
    if (!unlock_key(options, key, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    return g_steal_pointer(&key);
}

gboolean key_files_read_public(const char *path, PublicKey *out, GError **error)
{
    g_autoptr(GBytes) bytes = file_read(path, SIGNATURE_FILE_BYTES_MAX, error);
    if (bytes == NULL) {
        return FALSE;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    if (!public_key_parse(text != NULL ? text : "", length, out, error)) {
        g_prefix_error(error, "%s is not a public key: ", path);
        return FALSE;
    }
    return TRUE;
}

/* ---- what is signed ---- */

static void add_piece(gpointer hash, const char *bytes, gsize length)
{
    message_hash_add(hash, bytes, length);
}

gboolean key_files_digest(const char *path, MessageDigest *out, GError **error)
{
    MessageHash *hash = message_hash_new();
    gboolean is_read = file_read_pieces(path, add_piece, hash, error);
    message_hash_end(hash, out);
    return is_read;
}

gboolean key_files_check_place(const char *path, const SecretKey *key, GError **error)
{
    PublicKey public;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) before = file_read_if_there(path, SIGNATURE_FILE_BYTES_MAX, &failure);
    gsize length = 0;
    const char *there = before != NULL ? g_bytes_get_data(before, &length) : NULL;
    g_autoptr(Signature) replaced = length > 0 ? signature_parse(there, length, &failure) : NULL;
    if (failure != NULL || (before != NULL && replaced == NULL)) {
        return fail(error, "%s is there already, and is not a signature; nothing was written",
                    path);
    }
    secret_key_get_public(key, &public);
    if (replaced != NULL && memcmp(replaced->key_id, public.id, KEY_ID_BYTES) != 0) {
        char id[KEY_ID_TEXT_SIZE];
        key_id_show(replaced->key_id, id);
        return fail(error,
                    "%s is a signature by another key, %s; nothing was written (--name-by-key "
                    "puts yours beside it; if it is to count no more, remove it)",
                    path, id);
    }
    return TRUE;
}

gboolean key_files_write_signature(const char *path, const Signature *signature, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    signature_format(signature, SIGNATURE_COMMENT, text);
    return file_replace(path, text->str, text->len, 0644, error);
}
