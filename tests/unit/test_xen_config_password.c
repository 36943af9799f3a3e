/* The VNC password in a config: where it is put, that Xen reads it back, and that it is seen
 * nowhere else. */
#include "tests/unit/spec_from_text.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_config_password.h"

#include <check.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

#define PLACES                                                                                     \
    "  hvm: {type: hvm, memory: 64, vnc: true}\n"                                                  \
    "  pv: {type: pv, memory: 64, kernel: /k, vnc: true}\n"                                        \
    "  vfb: {type: pvh, memory: 64, kernel: /k, vfb: [{vnc: true, vnclisten: 0.0.0.0}, {sdl: "     \
    "true}, {vnc: false}, {vnc: true}]}\n"                                                         \
    "  off: {type: hvm, memory: 64, vnc: false, cmdline: \"vnc = 1\", kernel: /k}\n"               \
    "  unset: {type: hvm, memory: 64}\n"                                                           \
    "  pvh: {type: pvh, memory: 64, kernel: \"/vnc=1\", cmdline: \"a \\\"vnc=1\\\",\"}\n"

static Spec *read_places(void)
{
    g_autoptr(Problems) problems = problems_new();
    static const char text[] = "xensure: 1\nfleet: lab\ndomains:\n" PLACES;
    Spec *spec = spec_from_text("places", text, strlen(text), problems);
    ck_assert_msg(problems_count_errors(problems) == 0, "%s",
                  problems_count(problems) > 0 ? problems_get(problems, 0)->message : "");
    return spec;
}

static char *write_text(const Spec *spec, const char *name, const char *password)
{
    const Domain *domain = spec_find(spec, name);
    GString *text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    ck_assert(xen_config_write(&xl_dialect, domain, domain->uuid, text, &error));
    ck_assert(password == NULL || xen_config_add_password(domain, password, text, &error));
    return g_string_free(text, FALSE);
}

/* What Xen's own parser finds: the top-level password, and those of the vfbs in a row. */
static char *read_back(const char *text)
{
    XLU_Config *config = xlu_cfg_init(stderr, "test");
    GString *found = g_string_new(NULL);
    const char *top = NULL;
    XLU_ConfigList *vfbs = NULL;
    int count = 0;
    ck_assert_int_eq(xlu_cfg_readdata(config, text, (int)strlen(text)), 0);
    if (xlu_cfg_get_string(config, "vncpasswd", &top, 0) == 0) {
        g_string_append_printf(found, "top %s\n", top);
    }
    if (xlu_cfg_get_list(config, "vfb", &vfbs, &count, 0) == 0) {
        for (int i = 0; i < count; i++) {
            g_string_append_printf(found, "vfb %s\n", xlu_cfg_get_listitem(vfbs, i));
        }
    }
    xlu_cfg_destroy(config);
    return g_string_free(found, FALSE);
}

START_TEST(test_places)
{
    static const struct {
        const char *name;
        const char *found;
    } wanted[] = {
        {"hvm", "top s3cret\n"},
        {"pv", "top s3cret\n"},
        {"vfb", "vfb vnc=1,vnclisten=0.0.0.0,vncpasswd=s3cret\nvfb sdl=1\nvfb vnc=0\n"
                "vfb vnc=1,vncpasswd=s3cret\n"},
        {"off", ""},
        {"unset", ""},
        {"pvh", ""},
    };
    g_autoptr(Spec) spec = read_places();
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autofree char *plain = write_text(spec, wanted[i].name, NULL);
        g_autofree char *text = write_text(spec, wanted[i].name, "s3cret");
        g_autofree char *found = read_back(text);
        ck_assert_str_eq(found, wanted[i].found);
        gboolean takes = xen_config_takes_password(spec_find(spec, wanted[i].name));
        ck_assert_int_eq(takes, *wanted[i].found != '\0');
        ck_assert_int_eq(takes, strcmp(plain, text) != 0);
    }
}
END_TEST

static const char *const hostile[] = {
    "a",    "\"",          "\\",     "'",      "\"; vnc = 0 #", "a\\n",   "$(x)",
    "]",    "#",           "a b",    "=",      "\\\"",          "passwd", "%s%n",
    "\\\\", "vncpasswd=x", "a,b",    "\"\"\"", "********",      "[",      "vncpasswd = \"x\"",
    "a'b",  "~!@$%^&*()",  " a word"};

START_TEST(test_hostile)
{
    const char *password = hostile[_i];
    g_autoptr(Spec) spec = read_places();
    g_autofree char *text = write_text(spec, "hvm", password);
    g_autofree char *found = read_back(text);
    g_autofree char *wanted = g_strdup_printf("top %s\n", password);
    ck_assert_str_eq(found, wanted);

    const Domain *domain = spec_find(spec, "vfb");
    g_autoptr(GString) vfb = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    ck_assert(xen_config_write(&xl_dialect, domain, domain->uuid, vfb, &error));
    g_autofree char *before = g_strdup(vfb->str);
    gboolean is_added = xen_config_add_password(domain, password, vfb, &error);
    ck_assert_int_eq(is_added, strchr(password, ',') == NULL && *password != ' ');
    if (is_added) {
        g_autofree char *again = read_back(vfb->str);
        g_autofree char *item = g_strdup_printf("vfb vnc=1,vncpasswd=%s\n", password);
        ck_assert_msg(g_str_has_suffix(again, item), "%s", again);
    } else {
        ck_assert_str_eq(vfb->str, before);
        ck_assert_ptr_null(strstr(error->message, password));
        ck_assert_ptr_nonnull(strstr(error->message, *password == ' ' ? "blank" : "comma"));
    }
    /* Whatever it is, it is masked, and told by no digest. */
    const char *texts[] = {text, vfb->str};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GString) masked = g_string_new(NULL);
        g_autofree char *other = write_text(spec, i == 0 ? "hvm" : "vfb", "other");
        g_autoptr(GString) other_masked = g_string_new(NULL);
        if (strcmp(texts[i], before) == 0) {
            continue;
        }
        xen_config_mask(texts[i], strlen(texts[i]), XEN_CONFIG_MASK, masked, NULL);
        xen_config_mask(other, strlen(other), XEN_CONFIG_MASK, other_masked, NULL);
        ck_assert_str_eq(masked->str, other_masked->str);
        g_autofree char *digest = xen_config_digest(texts[i], strlen(texts[i]));
        g_autofree char *other_digest = xen_config_digest(other, strlen(other));
        ck_assert_str_eq(digest, other_digest);
    }
}
END_TEST

typedef struct {
    const char *text;
    const char *masked;
    const char *passwords;
} MaskCase;

static const MaskCase masks[] = {
    {"", "", ""},
    {"vncpasswd = \"a\"\n", "vncpasswd = \"*\"\n", "a\n"},
    {"vncpasswd='a,b'\nvnc = 1\n", "vncpasswd='*'\nvnc = 1\n", "a,b\n"},
    {"vfb = [ 'type=vnc,vncpasswd=a b,vncunused=1' ]\n",
     "vfb = [ 'type=vnc,vncpasswd=*,vncunused=1' ]\n", "a b\n"},
    {"vfb = ['vncpasswd=a']", "vfb = ['vncpasswd=*']", "a\n"},
    {"spicepasswd=\"a\\\"b\"\nx", "spicepasswd=\"*\"\nx", "a\\\"b\n"},
    {"vncpasswd = 1234\nx = 1\n", "vncpasswd = *\nx = 1\n", "1234\n"},
    {"vncpasswd = \"never ended\nx = 1\n", "vncpasswd = \"*\nx = 1\n", "never ended\n"},
    {"vncpasswd = \"a", "vncpasswd = \"*", "a\n"},
    {"vncpasswd\t=\t\"\"\n", "vncpasswd\t=\t\"*\"\n", "\n"},
    {"vncpasswd =", "vncpasswd =*", "\n"},
    {"vncpasswd", "vncpasswd", ""},
    {"vncpasswd_file = \"a\"\nmyvncpasswd = \"a\"\n",
     "vncpasswd_file = \"a\"\nmyvncpasswd = \"a\"\n", ""},
    {"vncpasswd = \"a\"; spicepasswd = \"b\"\n", "vncpasswd = \"*\"; spicepasswd = \"*\"\n",
     "a\nb\n"},
    {"vncpasswd = \"a\\\n\"\n", "vncpasswd = \"*\n\"\n", "a\\\n"},
};

START_TEST(test_masks)
{
    g_autoptr(GString) out = g_string_new("before ");
    g_autoptr(GString) passwords = g_string_new(NULL);
    g_autofree char *copy = g_memdup2(masks[_i].text, strlen(masks[_i].text) + 1);
    xen_config_mask(copy, strlen(copy), "*", out, passwords);
    g_autofree char *wanted = g_strconcat("before ", masks[_i].masked, NULL);
    ck_assert_str_eq(out->str, wanted);
    ck_assert_str_eq(passwords->str, masks[_i].passwords);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_config_password");
    TCase *tcase = tcase_create("password");
    tcase_add_test(tcase, test_places);
    tcase_add_loop_test(tcase, test_hostile, 0, G_N_ELEMENTS(hostile));
    tcase_add_loop_test(tcase, test_masks, 0, G_N_ELEMENTS(masks));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
