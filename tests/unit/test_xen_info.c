#include "tests/unit/transcripts.h"
#include "xenbackend/xen_info.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static XenInfo *parse(const char *text, gsize length)
{
    /* A copy that ends where the text ends, so that a sanitizer sees it read too far. */
    g_autofree char *copy = g_memdup2(text, length);
    return xen_info_parse(copy, length);
}

typedef struct {
    const char *file;
    gint64 total, free, cpus, nodes, cores, threads;
    const char *version;
    const char *commandline;
    const char *trouble;
} Expected;

#define COMMANDLINE_17 "placeholder dom0_mem=4096M,max:4096M dom0_max_vcpus=4"

static const Expected hosts[] = {
    {"info-4.0-xm.txt", 16373, 2345, 8, 1, 4, 1, "4.0.1", "placeholder dom0_mem=1024M", NULL},
    {"info-4.1.txt", 16373, 2345, 8, 1, 4, 1, "4.1.2", "placeholder dom0_mem=1024M", NULL},
    {"info-4.17-no-memory.txt", -1, -1, -1, -1, -1, -1, "4.17.5", COMMANDLINE_17,
     "total_memory is missing\nfree_memory is missing\nnr_cpus is missing\nnr_nodes is missing\n"
     "cores_per_socket is missing\nthreads_per_core is missing"},
    {"info-4.17-underflow.txt", 261888, -1, 64, 2, 16, 2, "4.17.5", COMMANDLINE_17,
     "free_memory cannot be '72057594037927896'"},
};

START_TEST(test_hosts)
{
    const Expected *expected = &hosts[_i];
    g_autofree char *path =
        g_build_filename(g_getenv("TESTS_ROOT"), "fixtures", "xl", expected->file, NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert_msg(g_file_get_contents(path, &text, &length, NULL), "cannot read %s", path);
    g_autoptr(XenInfo) info = parse(text, length);
    ck_assert_int_eq(info->total_memory_mib, expected->total);
    ck_assert_int_eq(info->free_memory_mib, expected->free);
    ck_assert_int_eq(info->nr_cpus, expected->cpus);
    ck_assert_int_eq(info->nr_nodes, expected->nodes);
    ck_assert_int_eq(info->cores_per_socket, expected->cores);
    ck_assert_int_eq(info->threads_per_core, expected->threads);
    ck_assert_str_eq(info->xen_version, expected->version);
    ck_assert_str_eq(info->xen_commandline, expected->commandline);
    ck_assert_ptr_nonnull(strstr(info->xen_caps, "hvm-3.0-x86_64"));
    ck_assert(g_str_has_prefix(info->xen_scheduler, "credit"));
    ck_assert_pstr_eq(info->trouble, expected->trouble);
}
END_TEST

/* What the emulated host of the transcripts is. */
START_TEST(test_recorded)
{
    gsize length = 0;
    g_autofree char *text = transcript_output("lists-empty", "xl info", 0, &length);
    g_autoptr(XenInfo) info = parse(text, length);
    ck_assert_ptr_null(info->trouble);
    ck_assert_int_eq(info->total_memory_mib, 2047);
    ck_assert_int_gt(info->free_memory_mib, 1000);
    ck_assert_int_lt(info->free_memory_mib, 2047 - 768);
    ck_assert_int_eq(info->nr_cpus, 2);
    ck_assert_int_eq(info->nr_nodes, 1);
    ck_assert_int_eq(info->cores_per_socket, 2);
    ck_assert_int_eq(info->threads_per_core, 1);
    ck_assert(g_str_has_prefix(info->xen_version, "4.17."));
    ck_assert(g_str_has_prefix(info->xen_commandline, "xen console=com1 "));
    ck_assert(g_str_has_suffix(info->xen_commandline, " dom0_max_vcpus=1"));
    ck_assert_ptr_nonnull(strstr(info->xen_caps, "hvm-3.0-x86_64"));
    ck_assert_str_eq(info->xen_scheduler, "credit2");
}
END_TEST

/* One key's text and what it becomes. */
typedef struct {
    const char *text;
    gint64 total;
    gint64 free;
} Memory;

static const Memory memories[] = {
    {"total_memory           : 100\nfree_memory            : 100\n", 100, 100},
    {"total_memory:100\nfree_memory:0\n", 100, 0},
    {"total_memory : 100\nfree_memory : 101\n", 100, -1},
    {"free_memory : 5\n", -1, 5},
    {"total_memory : 0\nfree_memory : -1\n", -1, -1},
    {"total_memory : 4294967297\nfree_memory : 18446744073709551616\n", -1, -1},
    {"total_memory : 1x\nfree_memory : \n", -1, -1},
    {"total_memory : 0x10\nfree_memory : +5\n", -1, -1},
    {"total_memory : 1 2\nfree_memory : 1.5\n", -1, -1},
    /* The first counts, and what continues a value is no key. */
    {"total_memory : 100\ntotal_memory : 200\nfree_memory : 1\nfree_memory : 2\n", 100, 1},
    {"x : y\n total_memory : 100\n\tfree_memory : 5\n", -1, -1},
    {"xen_commandline : total_memory : 100\nfree_memory : 5\n", -1, 5},
    {"total_memory 100\nfree_memory\n", -1, -1},
    /* A line that is cut off may say 81 of 81920. */
    {"total_memory : 100\nfree_memory : 81", 100, -1},
};

START_TEST(test_memory)
{
    g_autoptr(XenInfo) info = parse(memories[_i].text, strlen(memories[_i].text));
    ck_assert_int_eq(info->total_memory_mib, memories[_i].total);
    ck_assert_int_eq(info->free_memory_mib, memories[_i].free);
    ck_assert_ptr_nonnull(info->trouble);
}
END_TEST

typedef struct {
    const char *text;
    const char *version;
    guint release;
} Version;

static const Version versions[] = {
    {"xen_version : 4.18-unstable\nxen_major : 1\nxen_minor : 2\n", "4.18-unstable", 418},
    {"xen_version : \nxen_major : 4\nxen_minor : 2\nxen_extra : .5\n", "4.2.5", 402},
    {"xen_major : 4\nxen_minor : 2\n", "4.2", 402},
    {"xen_major : 4\nxen_extra : .5\n", NULL, 0},
    {"xen_version : 4.17.7-pre\n", "4.17.7-pre", 417},
    {"xen_version : 4.22-rc1\n", "4.22-rc1", 422},
    {"xen_version : 4.99\n", "4.99", 499},
    /* What is no release is none, and never a low one. */
    {"xen_version : 4\n", "4", 0},
    {"xen_version : 4.\n", "4.", 0},
    {"xen_version : .17\n", ".17", 0},
    {"xen_version : 4.100\n", "4.100", 0},
    {"xen_version : 100.1\n", "100.1", 0},
    {"xen_version : -4.17\n", "-4.17", 0},
    {"xen_version : 4.-17\n", "4.-17", 0},
    {"xen_version : Xen 4.17\n", "Xen 4.17", 0},
    {"xen_version : 99999999999999999999.17\n", "99999999999999999999.17", 0},
    {"xen_version : 4.99999999999999999999\n", "4.99999999999999999999", 0},
    {"", NULL, 0},
};

START_TEST(test_version)
{
    g_autoptr(XenInfo) info = parse(versions[_i].text, strlen(versions[_i].text));
    ck_assert_pstr_eq(info->xen_version, versions[_i].version);
    ck_assert_uint_eq(info->release, versions[_i].release);
    ck_assert_int_eq(info->xen_version == NULL,
                     strstr(info->trouble, "xen_version is missing") != NULL);
}
END_TEST

/* Values that Ganeti's tests have, and those on which its reader ends with an exception. */
typedef struct {
    const char *text;
    gint64 total, free, cpus, nodes, cores, threads;
    guint release;
} NodeCase;

#define NODE(total, free, cpus, nodes, cores, threads)                                             \
    "nr_cpus                : " cpus "\nnr_nodes               : " nodes                           \
    "\ncores_per_socket       : " cores "\nthreads_per_core       : " threads                      \
    "\nvirt_caps              : \ntotal_memory           : " total                                 \
    "\nfree_memory            : " free                                                             \
    "\nnode_to_cpu            : node0:0-3\nxen_major              : 4\nxen_minor              : "  \
    "0\nxen_extra              : .1\n"

static const NodeCase nodes[] = {
    {NODE("16378", "8004", "4", "1", "2", "1"), 16378, 8004, 4, 1, 2, 1, 400},
    {NODE("16378", "8004", "4", "1", "2", "0"), 16378, 8004, 4, 1, 2, -1, 400},
    {NODE("16378", "8004", "4", "1", "0", "1"), 16378, 8004, 4, 1, -1, 1, 400},
    {NODE("16378", "unknown", "4", "", "2", "1"), 16378, -1, 4, -1, 2, 1, 400},
    {NODE("16378 MB", "8004.5", "0x4", "1", "2", "1"), -1, -1, -1, 1, 2, 1, 400},
    {"foo bar\nsomething else goes\nhere\n", -1, -1, -1, -1, -1, -1, 0},
    {"", -1, -1, -1, -1, -1, -1, 0},
};

START_TEST(test_values_of_ganeti)
{
    const NodeCase *node = &nodes[_i];
    g_autoptr(XenInfo) info = parse(node->text, strlen(node->text));
    ck_assert_int_eq(info->total_memory_mib, node->total);
    ck_assert_int_eq(info->free_memory_mib, node->free);
    ck_assert_int_eq(info->nr_cpus, node->cpus);
    ck_assert_int_eq(info->nr_nodes, node->nodes);
    ck_assert_int_eq(info->cores_per_socket, node->cores);
    ck_assert_int_eq(info->threads_per_core, node->threads);
    ck_assert_uint_eq(info->release, node->release);
}
END_TEST

START_TEST(test_empty_value)
{
    g_autoptr(XenInfo) info = parse("xen_commandline        : \nxen_caps:\n", 36);
    ck_assert_str_eq(info->xen_commandline, "");
    ck_assert_str_eq(info->xen_caps, "");
}
END_TEST

START_TEST(test_trouble_is_shown)
{
    const char text[] =
        "nr_cpus : \x1b[2J\xff a value that is much longer than it should ever be\n";
    g_autoptr(XenInfo) info = parse(text, sizeof text - 1);
    ck_assert_ptr_nonnull(
        strstr(info->trouble, "nr_cpus cannot be '\\033[2J\\377 a value that is much longer '\n"));
}
END_TEST

START_TEST(test_too_long)
{
    gsize length = XEN_INFO_BYTES_MAX + 1;
    g_autofree char *text = g_strnfill(length, '\n');
    memcpy(text, "total_memory : 100", 18);
    g_autoptr(XenInfo) info = parse(text, length);
    ck_assert_int_eq(info->total_memory_mib, -1);
    ck_assert(g_str_has_prefix(info->trouble, "the text is longer than 1048576 bytes\n"));
}
END_TEST

/* What xl takes for a dom0 of fixed size: Xen tools/xl/xl.c:auto_autoballoon. */
static const struct {
    const char *commandline;
    gboolean is_fixed;
} commandlines[] = {
    {"placeholder dom0_mem=4096M,max:4096M", TRUE},
    {"dom0_mem=4G", TRUE},
    {"dom0_mem=min:1G,max:2G loglvl=all", TRUE},
    {"dom0_mem=524288", TRUE},
    {"", FALSE},
    {"placeholder dom0_max_vcpus=2", FALSE},
    {"no-dom0_mem=4G", FALSE},
    {"dom0_mem=", FALSE},
    {"dom0_mem=much", FALSE},
    {"dom0_mem=10%", FALSE},
};

START_TEST(test_fixed_dom0)
{
    g_autofree char *text =
        g_strdup_printf("xen_commandline        : %s\n", commandlines[_i].commandline);
    g_autoptr(XenInfo) info = parse(text, strlen(text));
    ck_assert_int_eq(xen_info_has_fixed_dom0(info), commandlines[_i].is_fixed);
}
END_TEST

START_TEST(test_dom0_not_known)
{
    g_autoptr(XenInfo) info = parse("", 0);
    ck_assert(!xen_info_has_fixed_dom0(info));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_info");
    TCase *tcase = tcase_create("xen_info");
    tcase_add_test(tcase, test_recorded);
    tcase_add_loop_test(tcase, test_hosts, 0, G_N_ELEMENTS(hosts));
    tcase_add_loop_test(tcase, test_memory, 0, G_N_ELEMENTS(memories));
    tcase_add_loop_test(tcase, test_version, 0, G_N_ELEMENTS(versions));
    tcase_add_loop_test(tcase, test_values_of_ganeti, 0, G_N_ELEMENTS(nodes));
    tcase_add_loop_test(tcase, test_fixed_dom0, 0, G_N_ELEMENTS(commandlines));
    tcase_add_test(tcase, test_dom0_not_known);
    tcase_add_test(tcase, test_empty_value);
    tcase_add_test(tcase, test_trouble_is_shown);
    tcase_add_test(tcase, test_too_long);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
