#include "spec/signature_secret.h"

#include "spec/signature_parts.h"

#include <sodium.h>
#include <string.h>

#define KEY_ALGORITHM      "Ed"
#define PASSWORD_ALGORITHM "Sc"
#define SUM_ALGORITHM      "B2"
#define HALVINGS           6 /* 1 GiB down to 16 MiB, libsodium's least */

static const guint8 no_password_algorithm[2] = {0, 0};

/* As in the file, without gaps. With a password, id, seed, public_half and sum are hidden. */
typedef struct {
    guint8 algorithm[2];
    guint8 password_algorithm[2];
    guint8 sum_algorithm[2];
    guint8 salt[crypto_pwhash_scryptsalsa208sha256_SALTBYTES];
    guint8 operations[8], memory_bytes[8]; /* little-endian */
    struct {
        guint8 id[KEY_ID_BYTES];
        guint8 bytes[crypto_sign_ed25519_SECRETKEYBYTES]; /* the seed, and the public half */
        guint8 sum[32];                                   /* over what is before */
    } hidden;
} SecretKeyForm;
G_STATIC_ASSERT(sizeof(SecretKeyForm) == 158);

struct SecretKey {
    SecretKeyForm form;
    gboolean is_locked;
};

const PasswordCost password_cost_full = {crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE,
                                         crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE};

static gboolean fail(GError **error, const char *message)
{
    g_set_error_literal(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY, message);
    return FALSE;
}

static void write_number(guint8 out[8], guint64 number)
{
    for (guint i = 0; i < 8; i++) {
        out[i] = (guint8)(number >> (8 * i));
    }
}

static guint64 read_number(const guint8 bytes[8])
{
    guint64 number = 0;
    for (guint i = 0; i < 8; i++) {
        number |= (guint64)bytes[i] << (8 * i);
    }
    return number;
}

static void make_sum(const SecretKeyForm *form, guint8 out[32])
{
    crypto_generichash_blake2b_state state;
    crypto_generichash_blake2b_init(&state, NULL, 0, 32);
    crypto_generichash_blake2b_update(&state, form->algorithm, sizeof form->algorithm);
    crypto_generichash_blake2b_update(&state, form->hidden.id, sizeof form->hidden.id);
    crypto_generichash_blake2b_update(&state, form->hidden.bytes, sizeof form->hidden.bytes);
    crypto_generichash_blake2b_final(&state, out, 32);
    sodium_memzero(&state, sizeof state);
}

SecretKey *secret_key_new(const guint8 chance[SECRET_KEY_CHANCE_BYTES])
{
    signature_make_ready();
    SecretKey *key = g_new0(SecretKey, 1);
    SecretKeyForm *form = &key->form;
    guint8 public_half[crypto_sign_ed25519_PUBLICKEYBYTES];
    memcpy(form->algorithm, KEY_ALGORITHM, sizeof form->algorithm);
    memcpy(form->sum_algorithm, SUM_ALGORITHM, sizeof form->sum_algorithm);
    memcpy(form->hidden.id, chance, KEY_ID_BYTES);
    memcpy(form->salt, chance + KEY_ID_BYTES + crypto_sign_ed25519_SEEDBYTES, sizeof form->salt);
    crypto_sign_ed25519_seed_keypair(public_half, form->hidden.bytes, chance + KEY_ID_BYTES);
    make_sum(form, form->hidden.sum);
    return key;
}

void secret_key_free(SecretKey *key)
{
    if (key == NULL) {
        return;
    }
    sodium_memzero(key, sizeof *key);
    g_free(key);
}

/* ---- the file ---- */

/* A key whose halves do not belong together would give its secret away with a signature. */
static gboolean fits_together(const SecretKeyForm *form)
{
    guint8 public_half[crypto_sign_ed25519_PUBLICKEYBYTES];
    guint8 bytes[crypto_sign_ed25519_SECRETKEYBYTES];
    crypto_sign_ed25519_seed_keypair(public_half, bytes, form->hidden.bytes);
    gboolean is_same = sodium_memcmp(bytes, form->hidden.bytes, sizeof bytes) == 0;
    sodium_memzero(bytes, sizeof bytes);
    return is_same;
}

static gboolean has_sum(const SecretKeyForm *form)
{
    guint8 sum[32];
    make_sum(form, sum);
    return sodium_memcmp(sum, form->hidden.sum, sizeof sum) == 0;
}

static gboolean check_form(const SignatureReader *reader, SecretKey *key, GError **error)
{
    const SecretKeyForm *form = &key->form;
    if (memcmp(form->algorithm, KEY_ALGORITHM, sizeof form->algorithm) != 0 ||
        memcmp(form->sum_algorithm, SUM_ALGORITHM, sizeof form->sum_algorithm) != 0) {
        return signature_refuse(reader, error, "expected an Ed25519 key, found another kind");
    }
    key->is_locked =
        memcmp(form->password_algorithm, PASSWORD_ALGORITHM, sizeof form->password_algorithm) == 0;
    if (key->is_locked) {
        return (read_number(form->operations) <= password_cost_full.operations &&
                read_number(form->memory_bytes) <= password_cost_full.memory_bytes) ||
               signature_refuse(reader, error,
                                "expected a password that takes at most 1 GiB to check, found "
                                "that this one takes more");
    }
    if (memcmp(form->password_algorithm, no_password_algorithm, sizeof no_password_algorithm) !=
        0) {
        return signature_refuse(reader, error,
                                "expected a key with a password by scrypt, or without, found "
                                "another kind");
    }
    /* minisign -G -W leaves the sum out. */
    return (fits_together(form) &&
            (has_sum(form) || sodium_is_zero(form->hidden.sum, sizeof form->hidden.sum))) ||
           signature_refuse(reader, error, "expected a secret key, found a damaged one");
}

SecretKey *secret_key_parse(const char *text, gsize length, GError **error)
{
    signature_make_ready();
    SignatureReader reader = {text, text + length, 0};
    g_autoptr(SecretKey) key = g_new0(SecretKey, 1);
    const char *comment;
    gsize comment_length;
    gboolean is_read =
        signature_read_comment(&reader, COMMENT_PREFIX, SIGNATURE_COMMENT_MAX, &comment,
                               &comment_length, error) &&
        signature_read_base64(&reader, (guint8 *)&key->form, sizeof key->form, error) &&
        signature_read_end(&reader, error) && check_form(&reader, key, error);
    return is_read ? g_steal_pointer(&key) : NULL;
}

void secret_key_format(const SecretKey *key, GString *out)
{
    /* The words of minisign, so that tools which look for them find them. */
    g_string_append(out, COMMENT_PREFIX "minisign encrypted secret key\n");
    signature_append_base64((const guint8 *)&key->form, sizeof key->form, out);
}

/* ---- the password ---- */

gboolean secret_key_is_locked(const SecretKey *key)
{
    return key->is_locked;
}

/* Hides what is plain, and the other way round. FALSE: the memory is not there. */
static gboolean turn(SecretKeyForm *form, const char *password, const PasswordCost *cost)
{
    guint8 stream[sizeof form->hidden];
    guint8 *hidden = (guint8 *)&form->hidden;
    gboolean is_made = crypto_pwhash_scryptsalsa208sha256(
                           stream, sizeof stream, password, strlen(password), form->salt,
                           cost->operations, (size_t)cost->memory_bytes) == 0;
    for (gsize i = 0; is_made && i < sizeof stream; i++) {
        hidden[i] ^= stream[i];
    }
    sodium_memzero(stream, sizeof stream);
    return is_made;
}

gboolean secret_key_unlock(SecretKey *key, const char *password, GError **error)
{
    g_assert(key->is_locked);
    SecretKeyForm form = key->form;
    PasswordCost cost = {read_number(form.operations), read_number(form.memory_bytes)};
    gboolean is_unlocked = FALSE;
    if (!turn(&form, password, &cost)) {
        fail(error, "the memory that its password takes is not there");
    } else if (!has_sum(&form) || !fits_together(&form)) {
        fail(error, "the password is wrong, or the key is damaged");
    } else {
        memset(form.password_algorithm, 0, sizeof form.password_algorithm);
        key->form = form;
        key->is_locked = FALSE;
        is_unlocked = TRUE;
    }
    sodium_memzero(&form, sizeof form);
    return is_unlocked;
}

gboolean secret_key_lock(SecretKey *key, const char *password, const PasswordCost *cost,
                         gboolean *is_weaker, GError **error)
{
    g_assert(!key->is_locked);
    PasswordCost taken = *cost;
    SecretKeyForm *form = &key->form;
    *is_weaker = FALSE;
    make_sum(form, form->hidden.sum);
    for (guint i = 0; !turn(form, password, &taken); i++) {
        if (i == HALVINGS) {
            return fail(error, "the memory that a password takes is not there");
        }
        taken.operations /= 2;
        taken.memory_bytes /= 2;
        *is_weaker = TRUE;
    }
    memcpy(form->password_algorithm, PASSWORD_ALGORITHM, sizeof form->password_algorithm);
    write_number(form->operations, taken.operations);
    write_number(form->memory_bytes, taken.memory_bytes);
    key->is_locked = TRUE;
    return TRUE;
}

/* ---- signing ---- */

void secret_key_get_public(const SecretKey *key, PublicKey *out)
{
    g_assert(!key->is_locked);
    memcpy(out->id, key->form.hidden.id, sizeof out->id);
    crypto_sign_ed25519_sk_to_pk(out->bytes, key->form.hidden.bytes);
}

Signature *secret_key_sign(const SecretKey *key, const MessageDigest *digest,
                           const char *trusted_comment)
{
    g_assert(!key->is_locked && signature_check_comment(trusted_comment) == NULL);
    Signature *signature = g_new0(Signature, 1);
    const guint8 *bytes = key->form.hidden.bytes;
    memcpy(signature->key_id, key->form.hidden.id, sizeof signature->key_id);
    signature->trusted_comment = g_strdup(trusted_comment);
    crypto_sign_ed25519_detached(signature->bytes, NULL, digest->bytes, sizeof digest->bytes,
                                 bytes);
    g_autoptr(GByteArray) signed_bytes = signature_bytes_and_comment(signature);
    crypto_sign_ed25519_detached(signature->over_comment, NULL, signed_bytes->data,
                                 signed_bytes->len, bytes);
    return signature;
}
