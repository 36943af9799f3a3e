/* keygen, sign, verify: keys and signatures in minisign's format. */
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/key_files.h"
#include "agent/report.h"
#include "agent/source.h"
#include "agent/trust.h"
#include "spec/manifest.h"
#include "xenbackend/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static json_t *text_or_null(const char *text)
{
    g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;
    return valid != NULL ? json_string(valid) : json_null();
}

/* Ends a command. MEMBERS (taken over) stand in the JSON; TEXT is for people. */
static int finish(const Options *options, json_t *members, const char *text, int exit_code,
                  const GError *error)
{
    if (error != NULL) {
        fprintf(stderr, "xensure: %s\n", error->message);
    }
    if (options->is_json) {
        json_t *document = json_pack("{s:i}", "format_version", REPORT_FORMAT_VERSION);
        json_object_update(document, members);
        json_object_set_new(document, "error", text_or_null(error != NULL ? error->message : NULL));
        g_autofree char *json = report_dump(document);
        fputs(json, stdout);
    } else if (error == NULL) {
        fputs(text, stdout);
    }
    json_decref(members);
    return error == NULL ? EXIT_IN_SYNC : exit_code;
}

/* ---- keygen ---- */

int command_keygen(const Options *options)
{
    const char *secret = options->secret_key != NULL ? options->secret_key : SECRET_KEY_PATH;
    const char *public = options->public_key != NULL ? options->public_key : PUBLIC_KEY_PATH;
    char id[KEY_ID_TEXT_SIZE] = "";
    g_autoptr(GError) error = NULL;
    key_files_hide();
    key_files_make(options, id, &error);
    g_autofree char *text = g_strdup_printf(
        "made the key %s: keep %s secret, and give %s to the hosts\n", id, secret, public);
    json_t *members =
        json_pack("{s:o, s:o, s:o}", "secret_key", text_or_null(secret), "public_key",
                  text_or_null(public), "key_id", text_or_null(error == NULL ? id : NULL));
    return finish(options, members, text, EXIT_ERROR, error);
}

/* ---- sign ---- */

/* MORE: what the user wants said, too; NULL: nothing. What hosts look at stands in front of it. */
static char *make_comment(const char *path, const char *more)
{
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *name = manifest_signed_name(whole);
    return g_strdup_printf("timestamp:%" G_GINT64_FORMAT "\tfile:%s\thashed%s%s",
                           g_get_real_time() / G_USEC_PER_SEC, name, more != NULL ? "\t" : "",
                           more != NULL ? more : "");
}

static char *make_signature_path(const Options *options, const char *path, const SecretKey *key)
{
    PublicKey public;
    char id[KEY_ID_TEXT_SIZE];
    secret_key_get_public(key, &public);
    key_id_show(public.id, id);
    return options->signature != NULL
               ? g_strdup(options->signature)
               : trust_signature_path(path, options->is_named_by_key ? id : NULL);
}

/* The signature of PATH, written to *out; NULL and an error. */
static Signature *sign(const Options *options, const char *path, const char *comment, char **out,
                       GError **error)
{
    const char *expected = signature_check_comment(comment);
    MessageDigest digest;
    if (expected != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the trusted comment: expected %s, found something else", expected);
        return NULL;
    }
    g_autoptr(SecretKey) key = key_files_open_secret(options, error);
    const char *given = options->arguments[0];
    if (key == NULL) {
        return NULL;
    }
    *out = make_signature_path(options, path, key);
    if (!key_files_check_place(*out, key, error) ||
        !(g_file_test(given, G_FILE_TEST_IS_DIR) ? key_files_write_manifest(given, &digest, error)
                                                 : key_files_digest(path, &digest, error))) {
        return NULL;
    }
    g_autoptr(Signature) signature = secret_key_sign(key, &digest, comment);
    return key_files_write_signature(*out, signature, error) ? g_steal_pointer(&signature) : NULL;
}

int command_sign(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *written = NULL;
    g_autofree char *path = key_files_signed_path(options->arguments[0]);
    g_autofree char *comment = make_comment(path, options->trusted_comment);
    key_files_hide();
    g_autoptr(Signature) signature = sign(options, path, comment, &written, &error);
    char id[KEY_ID_TEXT_SIZE] = "";
    if (signature != NULL) {
        key_id_show(signature->key_id, id);
    }
    g_autofree char *text =
        g_strdup_printf("signed by the key %s: %s\n", id, written != NULL ? written : "");
    json_t *members = json_pack("{s:o, s:o, s:o, s:o}", "file", text_or_null(options->arguments[0]),
                                "signature", text_or_null(signature != NULL ? written : NULL),
                                "key_id", text_or_null(signature != NULL ? id : NULL),
                                "trusted_comment", text_or_null(comment));
    return finish(options, members, text, EXIT_ERROR, error);
}

/* ---- verify ---- */

/* The one key that the options name. NULL and *error. */
static Keyring *read_given_key(const Options *options, GError **error)
{
    PublicKey key;
    g_autoptr(Keyring) keyring = keyring_new();
    return key_files_read_public(options->public_key, &key, error) &&
                   keyring_add(keyring, &key, options->public_key, error)
               ? g_steal_pointer(&keyring)
               : NULL;
}

/* Those of agent.yaml, as `apply` takes them. NULL and *error. */
static Keyring *read_trusted_keys(const Options *options, GError **error)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle)) {
        cycle_read_keyring(&cycle, SPEC_TO_APPLY);
    }
    g_autoptr(GString) problems = g_string_new(NULL);
    problems_format(cycle.problems, problems, options_wants_colour(options, STDERR_FILENO));
    fputs(problems->str, stderr);
    Keyring *keyring = cycle.error == NULL ? g_steal_pointer(&cycle.trusted) : NULL;
    if (keyring == NULL) {
        g_set_error_literal(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY,
                            cycle.error != NULL ? cycle.error
                                                : "no key is given: use --public-key FILE, or "
                                                  "`trust.keys` in agent.yaml");
    }
    cycle_clear(&cycle);
    return keyring;
}

static GPtrArray *find_signatures(const Options *options, const char *path, const Keyring *keyring,
                                  GError **error)
{
    if (options->signature == NULL) {
        return trust_read_signatures(path, keyring, error);
    }
    g_autoptr(GBytes) bytes = file_read(options->signature, SIGNATURE_FILE_BYTES_MAX, error);
    if (bytes == NULL) {
        return NULL;
    }
    GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    g_ptr_array_add(files, signature_file_new(options->signature, bytes));
    return files;
}

/* Any file, of any size. */
static gboolean verify_file(const Options *options, const Keyring *keyring, GPtrArray *signers,
                            GError **error)
{
    MessageDigest digest;
    const char *path = options->arguments[0];
    g_autoptr(GPtrArray) files = find_signatures(options, path, keyring, error);
    if (files == NULL || !key_files_digest(path, &digest, error)) {
        return FALSE;
    }
    if (!keyring_check(keyring, &digest, NULL, files, signers, error)) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    return TRUE;
}

/* What `plan` and `apply` read, by the code that they read it with. */
static gboolean verify_spec(const Options *options, const Keyring *keyring, GPtrArray *signers,
                            GError **error)
{
    const char *path = options->arguments[0];
    const char *const paths[] = {path, NULL};
    g_autoptr(SpecSource) source = spec_source_new_paths(paths);
    gboolean is_local = source_check_safe(path, NULL);
    if (!source_read_signed(path, is_local, keyring, source->texts, error)) {
        return FALSE;
    }
    if (source->texts->len == 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED,
                    "%s: expected a folder with files *.yaml, found none in it", path);
        return FALSE;
    }
    spec_source_sum_up(source);
    for (guint i = 0; i < source->signers->len; i++) {
        g_ptr_array_add(signers, signer_copy(g_ptr_array_index(source->signers, i)));
    }
    return TRUE;
}

static gboolean verify(const Options *options, GPtrArray *signers, GError **error)
{
    gboolean is_folder = g_file_test(options->arguments[0], G_FILE_TEST_IS_DIR);
    gboolean is_any_file =
        !is_folder && (options->public_key != NULL || options->signature != NULL);
    if (is_folder && options->signature != NULL) {
        g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY,
                    "expected --signature for a file, found the folder %s, which has its own in it",
                    options->arguments[0]);
        return FALSE;
    }
    g_autoptr(Keyring) keyring = options->public_key != NULL ? read_given_key(options, error)
                                                             : read_trusted_keys(options, error);
    return keyring != NULL && (is_any_file ? verify_file(options, keyring, signers, error)
                                           : verify_spec(options, keyring, signers, error));
}

int command_verify(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) signers = g_ptr_array_new_with_free_func((GDestroyNotify)signer_free);
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean is_good = verify(options, signers, &error);
    json_t *array = json_array();
    for (guint i = 0; i < signers->len; i++) {
        const Signer *signer = g_ptr_array_index(signers, i);
        g_string_append_printf(text, "signed by the key %s: %s\n", signer->key_id,
                               signer->trusted_comment);
        json_array_append_new(array, json_pack("{s:s, s:s}", "key_id", signer->key_id,
                                               "trusted_comment", signer->trusted_comment));
    }
    json_t *members = json_pack("{s:o, s:b, s:o}", "file", text_or_null(options->arguments[0]),
                                "verified", (int)is_good, "signers", array);
    gboolean is_refused = g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED) ||
                          g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED);
    return finish(options, members, text->str, is_refused ? EXIT_REJECTED : EXIT_ERROR, error);
}
