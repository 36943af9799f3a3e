#include "spec/allowed_signers.h"
#include "tests/unit/git_fixtures.h"

#include <string.h>

#define MESSAGE "A message\n"
#define KEY     "AAAAC3NzaC1lZDI1NTE5AAAAIHdYYSJAT3qfNfUWfAud5hprzvWukkb5g8qlLMH2eaTj"
#define FOREIGN "AAAAC3NzaC1lZDI1NTE5AAAAIOw4H+JOfzLuVCrNtvRJY6ndpr+BD+i9sJMYIcOUjSzM"

/* A parser gets a copy that ends where the text ends, so that a sanitizer sees it read too far. */
static gboolean parse(const char *text, gsize length, SshSignature *out, GError **error)
{
    g_autofree char *copy = g_memdup2(text, MAX(length, 1));
    return ssh_signature_parse(copy, length, out, error);
}

static AllowedSigners *parse_signers(const char *text, gsize length, GError **error)
{
    g_autofree char *copy = g_memdup2(text, MAX(length, 1));
    return allowed_signers_parse(copy, length, error);
}

static gboolean holds(const char *text, gsize length, const char *message)
{
    SshSignature signature;
    return parse(text, length, &signature, NULL) &&
           ssh_signature_check(&signature, message, strlen(message), NULL);
}

/* ---- signatures ---- */

static const char *const samples[] = {"message.sha512", "message.sha256"};

START_TEST(test_samples_of_ssh_keygen)
{
    gsize length = 0;
    g_autofree char *text = git_fixture(samples[_i], &length);
    SshSignature signature;
    ck_assert(parse(text, length, &signature, NULL));
    ck_assert_int_eq(signature.hash, _i == 0 ? SSH_HASH_SHA512 : SSH_HASH_SHA256);
    ck_assert(ssh_signature_check(&signature, MESSAGE, strlen(MESSAGE), NULL));
    g_autoptr(GError) error = NULL;
    ck_assert(!ssh_signature_check(&signature, "A message", strlen("A message"), &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
    ck_assert_str_eq(error->message, "the key did not sign these bytes");
    /* The newline at the end may be missing. */
    ck_assert(holds(text, length - 1, MESSAGE));
}
END_TEST

START_TEST(test_every_changed_bit)
{
    gsize length = 0;
    g_autofree char *text = git_fixture(samples[_i], &length);
    for (gsize i = 0; i < length * 8; i++) {
        text[i / 8] = (char)(text[i / 8] ^ (1 << (i % 8)));
        ck_assert_msg(!holds(text, length, MESSAGE), "bit %zu", i);
        text[i / 8] = (char)(text[i / 8] ^ (1 << (i % 8)));
    }
    char message[] = MESSAGE;
    for (gsize i = 0; i < strlen(MESSAGE) * 8; i++) {
        message[i / 8] = (char)(message[i / 8] ^ (1 << (i % 8)));
        ck_assert_msg(!holds(text, length, message), "bit %zu of the message", i);
        message[i / 8] = (char)(message[i / 8] ^ (1 << (i % 8)));
    }
}
END_TEST

START_TEST(test_every_cut)
{
    gsize length = 0;
    g_autofree char *text = git_fixture(samples[_i], &length);
    for (gsize cut = 0; cut + 1 < length; cut++) {
        ck_assert_msg(!holds(text, cut, MESSAGE), "%zu bytes", cut);
    }
}
END_TEST

static const struct {
    const char *file;
    const char *message;
} other_kinds[] = {
    {"message.rsa", "expected a signature by a key of the type 'ssh-ed25519', found 'ssh-rsa'"},
    {"message.file", "expected the namespace 'git', found 'file'"},
};

START_TEST(test_other_kinds_are_named)
{
    gsize length = 0;
    g_autofree char *text = git_fixture(other_kinds[_i].file, &length);
    g_autoptr(GError) error = NULL;
    SshSignature signature;
    ck_assert(!parse(text, length, &signature, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT));
    ck_assert_msg(g_str_has_suffix(error->message, other_kinds[_i].message), "%s", error->message);
}
END_TEST

#define BEGIN "-----BEGIN SSH SIGNATURE-----\n"
#define END   "-----END SSH SIGNATURE-----\n"
#define FULL  "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgd1hhIkBPep819RZ8C53mGmvO9a\n"

static const struct {
    const char *text;
    const char *message;
} refused[] = {
    {"", "line 1: expected one more line, found the end"},
    {"-----BEGIN PGP SIGNATURE-----\n", "line 1: expected '-----BEGIN SSH SIGNATURE-----'"},
    {" " BEGIN, "line 1: expected '-----BEGIN SSH SIGNATURE-----'"},
    {BEGIN, "line 2: expected one more line, found the end"},
    {BEGIN FULL, "line 3: expected one more line, found the end"},
    {BEGIN END, "line 2: expected base64 of a multiple of 4 characters, found 0"},
    {BEGIN "\n" END, "line 2: expected lines of 70 characters of base64, the last of them of less, "
                     "and '-----END SSH SIGNATURE-----'"},
    {BEGIN "U1NI\n" FULL END,
     "line 3: expected lines of 70 characters of base64, the last of them of less, and "
     "'-----END SSH SIGNATURE-----'"},
    {BEGIN "U1NI\n" END "\n", "line 3: expected the end behind it, found more"},
    {BEGIN "U1NIU\n" END, "line 3: expected base64 of a multiple of 4 characters, found 5"},
    {BEGIN "U1\xafI\n" END, "line 3: expected base64, found something else in column 3"},
    {BEGIN "U1_I\n" END, "line 3: expected base64, found something else in column 3"},
    {BEGIN "U1==\n" END, "line 3: expected base64 as it is written, found other bits at its end"},
    {BEGIN "====\n" END, "line 3: expected base64, found something else in column 1"},
    {BEGIN "U1NI\r\n" END, "line 2: expected lines that end in LF, found a CR"},
    {BEGIN "U1NIU0lI\n" END, "line 3: expected its bytes to begin with 'SSHSIG'"},
    {BEGIN "U1NIU0lHAAAA\n" END, "line 3: expected more bytes in it, found its end"},
    {BEGIN "U1NIU0lHAAAAAg==\n" END, "line 3: expected version 1 of the format, found 2"},
    {BEGIN "U1NIU0lHAAAAAQAAADM=\n" END, "line 3: expected more bytes in it, found its end"},
};

START_TEST(test_refused)
{
    g_autoptr(GError) error = NULL;
    SshSignature signature;
    ck_assert(!parse(refused[_i].text, strlen(refused[_i].text), &signature, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT));
    ck_assert_str_eq(error->message, refused[_i].message);
}
END_TEST

START_TEST(test_too_long)
{
    g_autofree char *text = g_strnfill(SSH_SIGNATURE_TEXT_MAX + 1, 'A');
    g_autoptr(GError) error = NULL;
    SshSignature signature;
    ck_assert(!parse(text, SSH_SIGNATURE_TEXT_MAX + 1, &signature, &error));
    ck_assert_str_eq(error->message, "line 0: expected at most 8192 bytes, found 8193");
    g_clear_error(&error);
    ck_assert(!parse(text, SSH_SIGNATURE_TEXT_MAX, &signature, &error));
    ck_assert_str_eq(error->message, "line 1: expected '-----BEGIN SSH SIGNATURE-----'");
}
END_TEST

/* ---- who may sign ---- */

static SshKey key_of(const char *base64)
{
    SshKey key;
    ck_assert(ssh_key_parse(base64, strlen(base64), 1, &key, NULL));
    return key;
}

START_TEST(test_fingerprint)
{
    SshKey key = key_of(KEY);
    g_autofree char *shown = ssh_key_fingerprint(&key);
    /* As `ssh-keygen -l` says. */
    ck_assert_str_eq(shown, "SHA256:Vcx+2jn69zxhbfTx75gdSwV8oN0PReekog6af2Q9Gvo");
}
END_TEST

/* 20260101Z, and one day more. */
#define NEW_YEAR G_GINT64_CONSTANT(1767225600)
#define DAY      G_GINT64_CONSTANT(86400)

static const struct {
    const char *line;
    gint64 time;
    const char *found; /* NULL: refused, with: */
    const char *why;
} finds[] = {
    {"a@b ssh-ed25519 " KEY, 0, "a@b", NULL},
    {"a@b,*@c ssh-ed25519 " KEY " a comment \"with quotes", 0, "a@b,*@c", NULL},
    {"a@b  \t ssh-ed25519\t" KEY "  ", 0, "a@b", NULL},
    {"  a@b ssh-ed25519 " KEY, 0, "a@b", NULL},
    {"a@b namespaces=\"git\" ssh-ed25519 " KEY, 0, "a@b", NULL},
    {"a@b Namespaces=\"file,git\" ssh-ed25519 " KEY, 0, "a@b", NULL},
    {"a@b namespaces=\"*\" ssh-ed25519 " KEY, 0, "a@b", NULL},
    {"a@b namespaces=\"file\" ssh-ed25519 " KEY, 0, NULL,
     "may sign, but not in the namespace 'git'"},
    {"a@b ssh-ed25519 " FOREIGN, 0, NULL, "is of nobody who may sign"},
    {"a@b valid-after=\"20260101Z\" ssh-ed25519 " KEY, NEW_YEAR, "a@b", NULL},
    {"a@b valid-after=\"20260101Z\" ssh-ed25519 " KEY, NEW_YEAR - 1, NULL,
     "may not sign yet (valid-after)"},
    {"a@b valid-before=\"202601010000Z\" ssh-ed25519 " KEY, NEW_YEAR, "a@b", NULL},
    {"a@b valid-before=\"20260101000000Z\" ssh-ed25519 " KEY, NEW_YEAR + 1, NULL,
     "may not sign any more (valid-before)"},
    {"a@b valid-after=\"20260101Z\",valid-before=\"20260102Z\",namespaces=\"git\" "
     "ssh-ed25519 " KEY,
     NEW_YEAR + DAY, "a@b", NULL},
    {"a@b valid-before=\"20260101Z\" ssh-ed25519 " KEY "\nc@d ssh-ed25519 " KEY, NEW_YEAR + DAY,
     "c@d", NULL},
    {"# a comment\n\n \t\na@b ssh-ed25519 " FOREIGN "\n  # more\nc@d ssh-ed25519 " KEY "\n", 0,
     "c@d", NULL},
};

START_TEST(test_who_may_sign)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(AllowedSigners) signers =
        parse_signers(finds[_i].line, strlen(finds[_i].line), &error);
    ck_assert_msg(signers != NULL, "%s", error != NULL ? error->message : "");
    SshKey key = key_of(KEY);
    const char *found = allowed_signers_find(signers, &key, finds[_i].time, &error);
    ck_assert_pstr_eq(found, finds[_i].found);
    if (finds[_i].found == NULL) {
        ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
        ck_assert_msg(g_str_has_suffix(error->message, finds[_i].why), "%s", error->message);
    }
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} refused_signers[] = {
    {"", "expected one signer at least, found none"},
    {"# nobody\n", "expected one signer at least, found none"},
    {"a@b", "line 1: expected principals, options or none, 'ssh-ed25519' and a key, found the end "
            "of the line"},
    {"a@b ssh-ed25519", "line 1: expected principals, options or none, 'ssh-ed25519' and a key, "
                        "found 'ssh-ed25519'"},
    {"\na@b ssh-rsa AAAA", "line 2: expected 'ssh-ed25519' or the options namespaces=\"...\", "
                           "valid-after=\"...\" and valid-before=\"...\", found 'ssh-rsa'"},
    {"a@b sk-ssh-ed25519@openssh.com AAAA",
     "line 1: expected 'ssh-ed25519' or the options namespaces=\"...\", valid-after=\"...\" and "
     "valid-before=\"...\", found 'sk-ssh-ed25519@openssh.com'"},
    {"a@b cert-authority ssh-ed25519 " KEY,
     "line 1: expected 'ssh-ed25519' or the options namespaces=\"...\", valid-after=\"...\" and "
     "valid-before=\"...\", found 'cert-authority'"},
    {"a@b namespaces=\"git\" ssh-rsa AAAA",
     "line 1: expected principals, options or none, 'ssh-ed25519' and a key, found 'ssh-rsa'"},
    {"a@b namespaces=\"g*\" ssh-ed25519 " KEY,
     "line 1: expected names or '*' as 'namespaces', found 'g*'"},
    {"a@b namespaces=\"!git,*\" ssh-ed25519 " KEY,
     "line 1: expected names or '*' as 'namespaces', found '!git'"},
    {"a@b namespaces=\"\" ssh-ed25519 " KEY, "line 1: expected names as 'namespaces', found none"},
    {"a@b namespaces=\"git,\" ssh-ed25519 " KEY,
     "line 1: expected names or '*' as 'namespaces', found ''"},
    {"a@b namespaces=git ssh-ed25519 " KEY,
     "line 1: expected 'ssh-ed25519' or the options namespaces=\"...\", valid-after=\"...\" and "
     "valid-before=\"...\", found 'namespaces'"},
    {"a@b namespaces=\"git\",namespaces=\"git\" ssh-ed25519 " KEY,
     "line 1: expected 'namespaces' once, found it twice"},
    {"a@b valid-after=\"20260101Z\",valid-after=\"20260101Z\" ssh-ed25519 " KEY,
     "line 1: expected 'valid-after' once, found it twice"},
    {"a@b valid-after=\"20260101\" ssh-ed25519 " KEY,
     "line 1: expected 'valid-after' as YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ (in UTC, which "
     "the Z says), found '20260101'"},
    {"a@b valid-before=\"20260230Z\" ssh-ed25519 " KEY,
     "line 1: expected 'valid-before' as YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ (in UTC, "
     "which the Z says), found '20260230Z'"},
    {"a@b valid-before=\"2026010x0000Z\" ssh-ed25519 " KEY,
     "line 1: expected 'valid-before' as YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ (in UTC, "
     "which the Z says), found '2026010x0000Z'"},
    {"a@b valid-after=\"20260102Z\",valid-before=\"20260101Z\" ssh-ed25519 " KEY,
     "line 1: expected 'valid-after' to be before 'valid-before'"},
    {"a@b namespaces=\"git\"valid-after=\"20260101Z\" ssh-ed25519 " KEY,
     "line 1: expected a comma between options"},
    {"a@b namespaces=\"git ssh-ed25519 " KEY, "line 1: expected a quote that ends"},
    {"\"a b\" ssh-ed25519 " KEY, "line 1: expected principals without quotes"},
    {"!anna,* ssh-ed25519 " KEY, "line 1: expected principals without '!' (whose key stands here "
                                 "may sign, and nobody else), found '!anna,*'"},
    {"a@b ssh-ed25519 AAAA", "line 1: expected more bytes in it, found its end"},
    {"a@b ssh-ed25519 AAAAB3NzaC1yc2E=",
     "line 1: expected a key of the type 'ssh-ed25519', found 'ssh-rsa'"},
    {"a@b ssh-ed25519 " KEY "AAAA", "line 1: expected the end of its bytes, found more"},
    {"a@b ssh-ed25519 " KEY "\r\n", "line 1: expected lines that end in LF, found a CR"},
    {"a@b ssh-ed25519 " KEY " \x1b[2J", "line 1: expected text, found a control character"},
    {"a@b ssh-ed25519 " KEY " \xff", "line 1: expected UTF-8"},
};

START_TEST(test_refused_signers)
{
    const char *text = refused_signers[_i].text;
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse_signers(text, strlen(text), &error));
    ck_assert_str_eq(error->message, refused_signers[_i].message);
}
END_TEST

START_TEST(test_limits_of_signers)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < ALLOWED_SIGNERS_MAX; i++) {
        g_string_append(text, "a ssh-ed25519 " KEY "\n");
    }
    g_autoptr(AllowedSigners) signers = parse_signers(text->str, text->len, &error);
    ck_assert_uint_eq(allowed_signers_count(signers), ALLOWED_SIGNERS_MAX);
    g_string_append(text, "a ssh-ed25519 " KEY "\n");
    ck_assert_ptr_null(parse_signers(text->str, text->len, &error));
    ck_assert_str_eq(error->message, "line 1001: expected at most 1000 signers");
    g_clear_error(&error);
    g_string_assign(text, "a ssh-ed25519 " KEY "\n#");
    while (text->len < ALLOWED_SIGNERS_BYTES_MAX) {
        g_string_append_c(text, ' ');
    }
    g_autoptr(AllowedSigners) full = parse_signers(text->str, text->len, &error);
    ck_assert_ptr_nonnull(full);
    g_string_append_c(text, ' ');
    ck_assert_ptr_null(parse_signers(text->str, text->len, &error));
    ck_assert_str_eq(error->message, "line 0: expected at most 262144 bytes, found 262145");
}
END_TEST

static Suite *signature_ssh_suite(void)
{
    Suite *suite = suite_create("signature_ssh");
    TCase *signatures = tcase_create("signatures");
    tcase_add_loop_test(signatures, test_samples_of_ssh_keygen, 0, G_N_ELEMENTS(samples));
    tcase_add_loop_test(signatures, test_every_changed_bit, 0, G_N_ELEMENTS(samples));
    tcase_add_loop_test(signatures, test_every_cut, 0, G_N_ELEMENTS(samples));
    tcase_add_loop_test(signatures, test_other_kinds_are_named, 0, G_N_ELEMENTS(other_kinds));
    tcase_add_loop_test(signatures, test_refused, 0, G_N_ELEMENTS(refused));
    tcase_add_test(signatures, test_too_long);
    suite_add_tcase(suite, signatures);
    TCase *signers = tcase_create("signers");
    tcase_add_test(signers, test_fingerprint);
    tcase_add_loop_test(signers, test_who_may_sign, 0, G_N_ELEMENTS(finds));
    tcase_add_loop_test(signers, test_refused_signers, 0, G_N_ELEMENTS(refused_signers));
    tcase_add_test(signers, test_limits_of_signers);
    suite_add_tcase(suite, signers);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(signature_ssh_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
