#include "tests/unit/transcripts.h"
#include "xenbackend/xen_list.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEADER   "Name                                        ID   Mem VCPUs\tState\tTime(s)"
#define HEADER_V HEADER "   UUID                            Reason-Code\tSecurity Label"
#define TAIL_V   " 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001        -                -"
#define DOMAIN_0                                                                                   \
    "Domain-0                                     0  4096     4     r-----      12.3 "             \
    "00000000-0000-0000-0000-000000000000        -                -\n"

static char *fixture_read(const char *name, gsize *length)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTS_ROOT"), "fixtures", "xl", name, NULL);
    g_autofree char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, length, NULL), "cannot read %s", path);
    return g_memdup2(text, *length + 1);
}

/* The parser gets a copy that ends where the text ends, so that a sanitizer sees it read too far.
 */
static Observed *parse(const char *text, gsize length)
{
    Observed *observed = observed_new();
    g_autofree char *copy = g_memdup2(text, length);
    xen_list_parse(copy, length, observed);
    ck_assert_int_eq(observed->state == OBSERVATION_COMPLETE, observed->trouble == NULL);
    ck_assert(observed->state != OBSERVATION_UNKNOWN || observed->domains->len == 0);
    ck_assert(observed->trouble == NULL || strchr(observed->trouble, '\n') == NULL);
    return observed;
}

static Observed *parse_text(const char *text)
{
    return parse(text, strlen(text));
}

static const ObservedDomain *row_get(const Observed *observed, guint index)
{
    ck_assert_uint_lt(index, observed->domains->len);
    return g_ptr_array_index(observed->domains, index);
}

static char *letters_of(const ObservedDomain *domain)
{
    static const char reasons[] = {
        [SHUTDOWN_REASON_NONE] = '.',       [SHUTDOWN_REASON_POWEROFF] = '-',
        [SHUTDOWN_REASON_REBOOT] = 'r',     [SHUTDOWN_REASON_SUSPEND] = 's',
        [SHUTDOWN_REASON_CRASH] = 'c',      [SHUTDOWN_REASON_WATCHDOG] = 'w',
        [SHUTDOWN_REASON_SOFT_RESET] = 'S', [SHUTDOWN_REASON_UNKNOWN] = '?',
    };
    return g_strdup_printf("%c%c%c%c%c%c", domain->is_running ? 'r' : '-',
                           domain->is_blocked ? 'b' : '-', domain->is_paused ? 'p' : '-',
                           domain->is_shut_down ? 's' : '-', reasons[domain->reason],
                           domain->is_dying ? 'd' : '-');
}

/* ---- what real and old releases print ---- */

typedef struct {
    guint32 domid;
    const char *name;
    guint64 memory_mib;
    guint32 vcpus;
    const char *letters; /* the fifth is '.' unless shut down */
    guint64 cpu_deciseconds;
    const char *uuid_end; /* last two digits, of those lists that have uuids */
} Expected;

static const Expected host_of_4[] = {
    {0, "Domain-0", 1024, 2, "r---.-", 914, "00"},
    {1, "web01", 512, 1, "-b--.-", 120, "01"},
    {4, "crashed01", 512, 1, "---sc-", 33, "04"},
    {6, "(null)", 0, 1, "---s-d", 80, "06"},
};

/* Of recorded lists: ids and times are others in each. */
#define ANY_ID   G_MAXUINT32
#define ANY_TIME G_MAXUINT64

#define RECORDED(name, memory, letters, uuid_end)                                                  \
    {                                                                                              \
        ANY_ID, name, memory, 1, letters, ANY_TIME, uuid_end                                       \
    }

static const Expected recorded_host[] = {RECORDED("Domain-0", 768, "**--.-", "00")};

/* tests/xl/sessions/states.bash */
#define RECORDED_ENDS                                                                              \
    RECORDED("Domain-0", 768, "**--.-", "00"), RECORDED("off01", 96, "---s--", "c5"),              \
        RECORDED("reboot01", 96, "---sr-", "5f"), RECORDED("susp01", 96, "---ss-", "e9"),          \
        RECORDED("crashed01", 96, "---sc-", "62"), RECORDED("wd01", 96, "---sw-", "4c")
#define RECORDED_NAMES                                                                             \
    RECORDED("paused01", 96, "--p-.-", "6f"),                                                      \
        RECORDED("this-is-a-very-long-domain-name-exceeding-forty-columns.example.org", 96,        \
                 "--p-.-", "5e"),                                                                  \
        RECORDED("name with  spaces", 96, "--p-.-", "d0"), RECORDED("", 96, "--p-.-", "0d"),       \
        RECORDED("4711", 96, "--p-.-", "45")

static const Expected recorded_states[] = {
    RECORDED_ENDS,
    RECORDED("web01", 96, "**--.-", "a1"),
    RECORDED_NAMES,
};

static const Expected recorded_remains[] = {
    RECORDED_ENDS,
    RECORDED("(null)", 0, "--p-.d", "a1"),
    RECORDED_NAMES,
};

typedef struct {
    const Expected *rows;
    guint count;
    gboolean has_uuids;
    const char *file;    /* of tests/fixtures/xl; or: */
    const char *session; /* where a transcript is of */
    const char *command;
    guint nth;
} Release;

#define ROWS(table) table, G_N_ELEMENTS(table)

#define DERIVED(name)            .file = name
#define HEARD(of, words, number) .session = of, .command = words, .nth = number

static const Release releases[] = {
    {ROWS(host_of_4), FALSE, DERIVED("list-4.1.txt")},
    {ROWS(host_of_4), TRUE, DERIVED("list-4.1-v.txt")},
    {ROWS(host_of_4), TRUE, DERIVED("list-4.2-v.txt")},
    {ROWS(host_of_4), FALSE, DERIVED("list-4.3-claims.txt")},
    {ROWS(host_of_4), FALSE, DERIVED("list-4.3-Z-xsm.txt")},
    {ROWS(host_of_4), FALSE, DERIVED("list-4.6-cpupool-wide.txt")},
    {ROWS(recorded_host), FALSE, HEARD("lists-empty", "xl list", 0)},
    {ROWS(recorded_host), TRUE, HEARD("lists-empty", "xl list -v", 0)},
    {ROWS(recorded_states), FALSE, HEARD("states", "xl list", 0)},
    {ROWS(recorded_states), TRUE, HEARD("states", "xl list -v", 0)},
    {ROWS(recorded_states), TRUE, HEARD("states", "xl list -v -c -n", 0)},
    {ROWS(recorded_states), FALSE, HEARD("states", "xl list -n", 0)},
    {ROWS(recorded_states), FALSE, HEARD("states", "xl list -c", 0)},
    {ROWS(recorded_states), FALSE, HEARD("states", "xl list -Z", 0)},
    {ROWS(recorded_remains), TRUE, HEARD("states", "xl list -v", 1)},
};

/* What one of them printed, and its name in messages; both to be freed. */
static char *release_read(const Release *release, gsize *length, char **name)
{
    *name = release->file != NULL
                ? g_strdup(release->file)
                : g_strdup_printf("%s: %s, %u", release->session, release->command, release->nth);
    return release->file != NULL
               ? fixture_read(release->file, length)
               : transcript_output(release->session, release->command, release->nth, length);
}

static gboolean are_letters(const char *letters, const char *pattern)
{
    for (; *letters != '\0' && (*letters == *pattern || *pattern == '*'); letters++, pattern++) {
    }
    return *letters == '\0' && *pattern == '\0';
}

static void assert_row(const char *file, const ObservedDomain *row, const Expected *expected,
                       gboolean has_uuids)
{
    g_autofree char *letters = letters_of(row);
    ck_assert_msg((row->domid == expected->domid || expected->domid == ANY_ID) &&
                      strcmp(row->name, expected->name) == 0 &&
                      row->memory_mib == expected->memory_mib && row->vcpus == expected->vcpus &&
                      (row->cpu_deciseconds == expected->cpu_deciseconds ||
                       expected->cpu_deciseconds == ANY_TIME),
                  "%s: row of '%s': %u '%s'", file, expected->name, row->domid, row->name);
    ck_assert_msg(are_letters(letters, expected->letters), "%s: '%s' is %s", file, row->name,
                  letters);
    ck_assert_uint_eq(strlen(row->uuid), has_uuids ? 36 : 0);
    ck_assert(!has_uuids || g_str_has_suffix(row->uuid, expected->uuid_end));
    ck_assert(!row->has_details);
}

START_TEST(test_releases)
{
    const Release *release = &releases[_i];
    gsize length = 0;
    g_autofree char *name = NULL;
    g_autofree char *text = release_read(release, &length, &name);
    g_autoptr(Observed) observed = parse(text, length);
    ck_assert_msg(observed->state == OBSERVATION_COMPLETE, "%s: %s", name, observed->trouble);
    ck_assert_uint_eq(observed->domains->len, release->count);
    for (guint i = 0; i < release->count; i++) {
        assert_row(name, row_get(observed, i), &release->rows[i], release->has_uuids);
    }
}
END_TEST

/* Every list of all domains that a real host has printed to a session is read whole. */
START_TEST(test_recorded)
{
    g_autofree char *path =
        g_build_filename(g_getenv("TESTS_ROOT"), "fixtures/xl/transcripts", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    guint count = 0;
    for (const char *file = NULL; (file = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *session = g_strndup(file, strlen(file) - strlen(".txt"));
        static const char *const commands[] = {"xl list", "xl list -v", "ssh dom0-b xl list -v"};
        gsize length = 0;
        g_autofree char *text = transcript_read(session, &length);
        for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
            gsize at = 0, list_length = 0;
            char *list = NULL;
            while ((list = transcript_next(text, length, commands[i], &at, &list_length)) != NULL) {
                g_autoptr(Observed) observed = parse(list, list_length);
                ck_assert_msg(observed->state == OBSERVATION_COMPLETE, "%s: %s", session,
                              observed->trouble);
                count++;
                g_free(list);
            }
        }
    }
    ck_assert_uint_ge(count, 70);
}
END_TEST

/* ---- lists that are cut off ---- */

START_TEST(test_truncated)
{
    gsize length = 0;
    g_autofree char *name = NULL;
    g_autofree char *text = release_read(&releases[_i], &length, &name);
    for (gsize cut = 0; cut < length; cut++) {
        g_autoptr(Observed) observed = parse(text, cut);
        /* A list that is cut behind dom0's row or a later one cannot be told from a shorter one. */
        const char *first = memchr(text, '\n', length);
        const char *second = memchr(first + 1, '\n', length - (gsize)(first + 1 - text));
        gboolean has_domain_0 = cut > (gsize)(second - text);
        ObservationState expected = OBSERVATION_PARTIAL;
        if (!has_domain_0) {
            expected = OBSERVATION_UNKNOWN;
        } else if (text[cut - 1] == '\n') {
            expected = OBSERVATION_COMPLETE;
        }
        ck_assert_msg(observed->state == expected, "%s cut at %zu", name, cut);
    }
}
END_TEST

/* Losing any one byte must not change a list without a word, unless it is a byte of a value. */
START_TEST(test_damaged)
{
    gsize length = 0;
    g_autofree char *text = transcript_output("states", "xl list -v", 0, &length);
    for (gsize at = 0; at < length; at++) {
        g_autofree char *damaged = g_memdup2(text, length);
        damaged[at] = '\0';
        g_autoptr(Observed) observed = parse(damaged, length);
        ck_assert_msg(observed->state != OBSERVATION_COMPLETE, "NUL at %zu", at);
    }
}
END_TEST

/* ---- lists that are not what they should be ---- */

typedef struct {
    const char *text;
    ObservationState state;
    const char *trouble;
} Trouble;

#define ROW(name40, id5, letters)                                                                  \
    name40 " " id5 "   512     1     " letters "       1.0" TAIL_V "\n"
#define W40 "web01                                   "

static const Trouble troubles[] = {
    {"", OBSERVATION_UNKNOWN, "the list is empty"},
    {"\n", OBSERVATION_UNKNOWN, "line 1 is not the heading of a list: ''"},
    {"cannot init xl context\n", OBSERVATION_UNKNOWN,
     "line 1 is not the heading of a list: 'cannot init xl context'"},
    {DOMAIN_0, OBSERVATION_UNKNOWN,
     "line 1 is not the heading of a list: 'Domain-0                                     0  4096   "
     "  "
     "4     r-----      12.3 00000000-0000-0000-0...'"},
    {" " HEADER "\n", OBSERVATION_UNKNOWN,
     "line 1 is not the heading of a list: ' Name                                        ID   Mem "
     "VCPUs\\x09State\\x09Time(s)'"},
    {HEADER_V "\n", OBSERVATION_UNKNOWN, "the list has no row with id 0"},
    {HEADER_V "\n" ROW(W40, "    1", "-b----"), OBSERVATION_UNKNOWN,
     "the list has no row with id 0"},
    {HEADER_V "\nx\n", OBSERVATION_UNKNOWN,
     "line 2 does not fit: 'x'; the list has no row with id 0"},
    {HEADER_V "\n" DOMAIN_0 "\n", OBSERVATION_PARTIAL, "line 3 does not fit: ''"},
    {HEADER_V "\n" DOMAIN_0 "a\nb\n\xff\n", OBSERVATION_PARTIAL,
     "line 3 does not fit: 'a' (and 2 more lines)"},
    {HEADER_V "\n" DOMAIN_0 "\xc3\xa4\x1b[2J\n", OBSERVATION_PARTIAL,
     "line 3 does not fit: '\\xc3\\xa4\\x1b[2J'"},
    {HEADER_V "\n" DOMAIN_0 "web01", OBSERVATION_PARTIAL, "line 3 is cut off: 'web01'"},
    {HEADER_V "\n" DOMAIN_0 DOMAIN_0, OBSERVATION_PARTIAL,
     "line 3 has the id of a line before: 'Domain-0                                     0  4096  "
     "   "
     "4     r-----      12.3 00000000-0000-0000-0...'"},
};

START_TEST(test_troubles)
{
    g_autoptr(Observed) observed = parse_text(troubles[_i].text);
    ck_assert_str_eq(observed->trouble, troubles[_i].trouble);
    ck_assert_int_eq(observed->state, troubles[_i].state);
}
END_TEST

/* Rows beside dom0's that must not be taken for one. */
static const char *const misfits[] = {
    ROW(W40, "    1", "xb----"),
    ROW(W40, "    1", "-r----"),
    ROW(W40, "    1", "-bs---"),
    ROW(W40, "    1", "---c--"),
    ROW(W40, "    1", "---sx-"),
    ROW(W40, "    1", "---s-c"),
    ROW(W40, "    1", "---s-"),
    ROW(W40, "    1", "---s---"),
    ROW(W40, "    1", "R-----"),
    ROW(W40, "    1", "      "),
    ROW(W40, "65536", "-b----"),
    ROW(W40, "   -1", "-b----"),
    ROW(W40, "   01", "-b----"),
    ROW(W40, "     ", "-b----"),
    ROW(W40, "  1x1", "-b----"),
    W40 "     1 18446744073709551616     1     -b----       1.0" TAIL_V "\n",
    W40 "     1   512 4294967296     -b----       1.0" TAIL_V "\n",
    W40 "     1   512     1     -b---- 9999999999999999999.0" TAIL_V "\n",
    W40 "     1   512     1     -b----       1.00" TAIL_V "\n",
    W40 "     1   512     1     -b----         1" TAIL_V "\n",
    W40 "     1   512     1     -b----        .0" TAIL_V "\n",
    W40 "     1   512     1     -b----       nan" TAIL_V "\n",
    W40 "     1   512     1     -b----       1.0\n",
    W40 "     1   512     1     -b----       1.0" TAIL_V " \n",
    W40 "     1   512     1     -b----       1.0" TAIL_V " more\n",
    W40 "     1   512     1     -b----       1.0" TAIL_V "\r\n",
    W40 "     1   512     1     -b----       1.0 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001        -\n",
    W40 "     1   512     1     -b----       1.0 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e000         -     "
        "  -\n",
    W40 "     1   512     1     -b----       1.0 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e000g        -     "
        "  -\n",
    W40 "     1   512     1     -b----       1.0 6f1c2b0e07d3a-4c1e-9b54-0d2f6a1e0001        -     "
        "  -\n",
    W40 "     1   512     1     -b----       1.0 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001        x     "
        "  -\n",
    W40 "     1   512     1     -b----       1.0 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001 123456789    "
        "  -\n",
    W40 "     1   512     1     -b----       1.06f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001        -      "
        " -\n",
    W40 "     1\t  512     1     -b----       1.0" TAIL_V "\n",
    /* A halted domain of xm's, and a row of xl vm-list. */
    "web01                                              512     1                 0.0\n",
    "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001  1    web01                         \n",
};

START_TEST(test_misfits)
{
    g_autofree char *text = g_strconcat(HEADER_V "\n" DOMAIN_0, misfits[_i], NULL);
    g_autoptr(Observed) observed = parse_text(text);
    ck_assert_msg(observed->state == OBSERVATION_PARTIAL, "taken for a row: %s", misfits[_i]);
    ck_assert(g_str_has_prefix(observed->trouble, "line 3 does not fit: '"));
    ck_assert_uint_eq(observed->domains->len, 1);
}
END_TEST

START_TEST(test_ids_differ)
{
    g_autoptr(Observed) observed = parse_text(HEADER_V "\n" DOMAIN_0 ROW(
        W40, "    5", "-b----") ROW(W40, "    4", "-b----") ROW(W40, "    5", "-b----"));
    ck_assert_int_eq(observed->state, OBSERVATION_PARTIAL);
    ck_assert(g_str_has_prefix(observed->trouble, "line 5 has the id of a line before: 'web01 "));
    ck_assert_uint_eq(observed->domains->len, 3); /* what fits is shown */
}
END_TEST

/* Widths are minimums, and only blanks: rows that somebody wrote by hand are read too. */
static const char *const loose_rows[] = {
    "web01 1 512 1 -b---- 1.0" TAIL_V "\n",
    "web01\t \t 1 512 1 -b---- 1.0" TAIL_V "\n",
    ROW("web01", "    1", "-b----"),
    W40 "     1   512     1    -b----       1.0" TAIL_V "\n",
    W40 "     1   512    1     -b---- 1.0" TAIL_V "\n",
    "web01                                                 1   512     1     -b----       "
    "1.0" TAIL_V "\n",
};

START_TEST(test_loose_rows)
{
    g_autofree char *text = g_strconcat(HEADER_V "\n" DOMAIN_0, loose_rows[_i], NULL);
    g_autoptr(Observed) observed = parse_text(text);
    ck_assert_msg(observed->state == OBSERVATION_COMPLETE, "not taken for a row: %s",
                  observed->trouble);
    ck_assert_uint_eq(row_get(observed, 1)->domid, 1);
    ck_assert(g_str_has_prefix(row_get(observed, 1)->name, "web01"));
    ck_assert_uint_eq(row_get(observed, 1)->memory_mib, 512);
}
END_TEST

/* Headings that no release has yet: what can be read is read. */
START_TEST(test_unknown_heading)
{
    g_autoptr(Observed) observed = parse_text(
        HEADER "   UUID                            Reason-Code\tNew Thing\n"
               "Domain-0                                     0  4096     4     r-----      "
               "12.3 00000000-0000-0000-0000-000000000000        - a b c\n"
               "web01                                        1  4096     4     r-----      "
               "12.3 00000000-0000-0000-0000-000000000001        -\n");
    ck_assert_int_eq(observed->state, OBSERVATION_PARTIAL);
    ck_assert_uint_eq(observed->domains->len, 1);
    ck_assert_str_eq(row_get(observed, 0)->name, "Domain-0");
    ck_assert(g_str_has_prefix(observed->trouble, "line 3 does not fit"));
}
END_TEST

START_TEST(test_many_headings)
{
    g_autoptr(Observed) observed = parse_text(
        HEADER
        " Cpupool Cpupool Cpupool Cpupool Cpupool Cpupool Cpupool Cpupool Cpupool\n" DOMAIN_0);
    ck_assert_int_eq(observed->state, OBSERVATION_UNKNOWN);
}
END_TEST

START_TEST(test_too_long)
{
    gsize length = (gsize)XEN_LIST_BYTES_MAX + 1;
    g_autofree char *text = g_malloc(length);
    memset(text, '\n', length);
    memcpy(text, HEADER_V "\n" DOMAIN_0, strlen(HEADER_V "\n" DOMAIN_0));
    g_autoptr(Observed) observed = observed_new();
    xen_list_parse(text, length, observed);
    ck_assert_int_eq(observed->state, OBSERVATION_UNKNOWN);
    ck_assert_str_eq(observed->trouble, "the list is longer than 67108864 bytes");
}
END_TEST

/* What an earlier list left behind does not shine through. */
START_TEST(test_used_again)
{
    g_autoptr(Observed) observed = parse_text(HEADER_V "\n" DOMAIN_0 "x\n");
    xen_list_parse(HEADER_V "\n" DOMAIN_0, strlen(HEADER_V "\n" DOMAIN_0), observed);
    ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
    ck_assert_ptr_null(observed->trouble);
    ck_assert_uint_eq(observed->domains->len, 1);
    xen_list_parse("", 0, observed);
    ck_assert_int_eq(observed->state, OBSERVATION_UNKNOWN);
    ck_assert_uint_eq(observed->domains->len, 0);
}
END_TEST

/* ---- names ---- */

static char *row_print(const char *name, guint domid, const char *letters, const char *tail)
{
    return g_strdup_printf("%-40s %5u %5u %5u     %s  %8.1f%s\n", name, domid, 512u, 1u, letters,
                           1.0, tail);
}

/* The state of `xl list` and of `xl list -v` on a host with a domain of this name. */
static void forge(const char *name, ObservationState *plain_state, ObservationState *verbose_state)
{
    g_autofree char *plain = row_print(name, 9, "-b----", "");
    g_autofree char *verbose = row_print(name, 9, "-b----", TAIL_V);
    g_autofree char *plain_0 = row_print("Domain-0", 0, "r-----", "");
    g_autofree char *plain_text = g_strconcat(HEADER "\n", plain_0, plain, NULL);
    g_autofree char *verbose_text = g_strconcat(HEADER_V "\n" DOMAIN_0, verbose, NULL);
    g_autoptr(Observed) plain_list = parse_text(plain_text);
    g_autoptr(Observed) verbose_list = parse_text(verbose_text);
    *plain_state = plain_list->state;
    *verbose_state = verbose_list->state;
}

#define FAKE "fake                                         5   512     1     -b----       1.0"

/* One line each: the real columns are those at its end. */
static const char *const odd_names[] = {
    "",
    "(null)",
    "Domain-0",
    "4711",
    "0",
    "a b  c",
    " leading",
    "\tx\ty",
    "a\rb",
    "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac",
    "\xff\xfe",
    "$(reboot)",
    "{\"a\": 'b'}",
    "%s%n",
    "1.0",
    ".5.5.5.5.5.5",
    "-b----",
    "r-----  1.0",
    HEADER,
    HEADER_V,
    FAKE,
    FAKE TAIL_V,
    "a-name-of-exactly-forty-bytes-0123456789",
    "a-name-of-exactly-forty-one-bytes-01234567",
};

START_TEST(test_odd_names)
{
    const char *name = odd_names[_i];
    g_autofree char *row = row_print(name, 9, "-b----", TAIL_V);
    g_autofree char *text = g_strconcat(HEADER_V "\n" DOMAIN_0, row, NULL);
    g_autoptr(Observed) observed = parse_text(text);
    ck_assert_msg(observed->state == OBSERVATION_COMPLETE, "%s: %s", name, observed->trouble);
    ck_assert_uint_eq(observed->domains->len, 2);
    ck_assert_str_eq(row_get(observed, 1)->name, name);
    ck_assert_uint_eq(row_get(observed, 1)->domid, 9);
    ck_assert_str_eq(row_get(observed, 1)->uuid, "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001");
    ObservationState plain = OBSERVATION_UNKNOWN, verbose = OBSERVATION_UNKNOWN;
    forge(name, &plain, &verbose);
    ck_assert_int_eq(plain, OBSERVATION_COMPLETE);
    ck_assert_int_eq(verbose, OBSERVATION_COMPLETE);
}
END_TEST

/* Names with a newline, made to look like rows. */
typedef struct {
    const char *name;
    ObservationState plain;
    ObservationState verbose;
} Forgery;

static const Forgery forgeries[] = {
    {"a\nb", OBSERVATION_PARTIAL, OBSERVATION_PARTIAL},
    {"\n", OBSERVATION_PARTIAL, OBSERVATION_PARTIAL},
    {"a\n", OBSERVATION_PARTIAL, OBSERVATION_PARTIAL},
    {FAKE "\nweb", OBSERVATION_COMPLETE, OBSERVATION_PARTIAL},
    {FAKE TAIL_V "\nweb", OBSERVATION_PARTIAL, OBSERVATION_COMPLETE},
    {"x\n" FAKE, OBSERVATION_PARTIAL, OBSERVATION_PARTIAL},
    {"x\n" FAKE TAIL_V, OBSERVATION_PARTIAL, OBSERVATION_PARTIAL},
    {FAKE "\n" FAKE TAIL_V "\nweb", OBSERVATION_PARTIAL, OBSERVATION_PARTIAL},
    /* A perfect one for one form of the list, which the other form betrays. */
    {FAKE "\n" W40, OBSERVATION_COMPLETE, OBSERVATION_PARTIAL},
    {FAKE TAIL_V "\n" W40, OBSERVATION_PARTIAL, OBSERVATION_COMPLETE},
    {FAKE TAIL_V "\na-name-of-exactly-forty-bytes-0123456789", OBSERVATION_PARTIAL,
     OBSERVATION_COMPLETE},
};

START_TEST(test_forgeries)
{
    ObservationState plain = OBSERVATION_UNKNOWN, verbose = OBSERVATION_UNKNOWN;
    forge(forgeries[_i].name, &plain, &verbose);
    ck_assert_int_eq(plain, forgeries[_i].plain);
    ck_assert_int_eq(verbose, forgeries[_i].verbose);
}
END_TEST

/* ---- states ---- */

/* Each combination of letters that xl can print, of which some have been the end of other readers:
 * one row that is odd must not hide the rest. */
START_TEST(test_every_state)
{
    static const char reasons[] = "-rscwS?";
    g_autoptr(GString) text = g_string_new(HEADER_V "\n" DOMAIN_0);
    g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < 1u << 4; i++) {
        for (guint j = 0; j <= strlen(reasons); j++) {
            gboolean is_shut_down = j < strlen(reasons);
            char *letters =
                g_strdup_printf("%c%c%c%c%c%c", (i & 1) != 0 ? 'r' : '-', (i & 2) != 0 ? 'b' : '-',
                                (i & 4) != 0 ? 'p' : '-', is_shut_down ? 's' : '-',
                                is_shut_down ? reasons[j] : '-', (i & 8) != 0 ? 'd' : '-');
            g_string_append_printf(text, "%-40s %5u   512     1     %s       1.0" TAIL_V "\n", "a",
                                   wanted->len + 1, letters);
            g_ptr_array_add(wanted, letters);
        }
    }
    g_autoptr(Observed) observed = parse_text(text->str);
    ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
    ck_assert_uint_eq(observed->domains->len, wanted->len + 1);
    for (guint i = 0; i < wanted->len; i++) {
        g_autofree char *letters = letters_of(row_get(observed, i + 1));
        g_strdelimit(letters, ".", '-');
        ck_assert_str_eq(letters, g_ptr_array_index(wanted, i));
    }
}
END_TEST

/* Lists that Ganeti's tests have, by their values. Its own reader leaves out what has crashed. */
#define HEADER_OF_BLANKS                                                                           \
    "Name                                        ID   Mem VCPUs      State   Time(s)\n"

static const Expected host_of_ganeti[] = {
    {0, "Domain-0", 1023, 1, "r---.-", 1547061, "00"},
    {1, "server01.example.com", 1024, 1, "-b--.-", 1676432, "01"},
    {3, "web3106215069.example.com", 4096, 1, "-b--.-", 4666909, "03"},
    {2, "testinstance.example.com", 2048, 2, "r---.-", 2444430, "02"},
    {28441, "(null)", 789, 1, "--psc-", 12, "04"},
    {28448, "alsodying.example.com", 1024, 1, "--psc-", 14, "05"},
};

START_TEST(test_values_of_ganeti)
{
    g_autoptr(GString) text = g_string_new(HEADER_OF_BLANKS);
    for (guint i = 0; i < G_N_ELEMENTS(host_of_ganeti); i++) {
        const Expected *row = &host_of_ganeti[i];
        g_autofree char *letters = g_strdup(row->letters);
        g_strdelimit(letters, ".", '-');
        g_string_append_printf(text, "%-40s %5u %5" G_GUINT64_FORMAT " %5u     %s %6.1f\n",
                               row->name, row->domid, row->memory_mib, row->vcpus, letters,
                               (double)row->cpu_deciseconds / 10);
    }
    g_autoptr(Observed) observed = parse_text(text->str);
    ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
    ck_assert_uint_eq(observed->domains->len, G_N_ELEMENTS(host_of_ganeti));
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *found = row_get(observed, i);
        const Expected *row = &host_of_ganeti[i];
        g_autofree char *letters = letters_of(found);
        ck_assert_str_eq(found->name, row->name);
        ck_assert_uint_eq(found->domid, row->domid);
        ck_assert_uint_eq(found->memory_mib, row->memory_mib);
        ck_assert_uint_eq(found->vcpus, row->vcpus);
        ck_assert_str_eq(letters, row->letters);
        ck_assert_uint_eq(found->cpu_deciseconds, row->cpu_deciseconds);
    }
    /* Where it gives up the whole list, what fits is shown, and nothing is done. */
    g_string_append(text, "three fields only\nname InvalidID 128 1 r----- 12345\n");
    g_autoptr(Observed) partial = parse_text(text->str);
    ck_assert_int_eq(partial->state, OBSERVATION_PARTIAL);
    ck_assert_uint_eq(partial->domains->len, G_N_ELEMENTS(host_of_ganeti));
}
END_TEST

/* ---- generated lists ---- */

static char *name_generate(GRand *random)
{
    static const char *const pieces[] = {
        " ",
        "  ",
        "a",
        "web-1",
        "0",
        "42",
        ".",
        "1.0",
        "-b----",
        "r-----",
        "---sc-",
        "\t",
        "\xc3\xa4",
        "\xff",
        "(null)",
        "-",
        "|",
        "\"",
        "\\",
        "     ",
        "     1",
        "  4096",
        " 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001        -                -"};
    GString *name = g_string_new(NULL);
    for (gint count = g_rand_int_range(random, 0, 16); count > 0; count--) {
        g_string_append(name, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
    }
    return g_string_free(name, FALSE);
}

/* What of a name can be seen in a list: blanks at its end are gone. */
static char *name_visible(const char *name)
{
    char *visible = g_strdup(name);
    while (g_str_has_suffix(visible, " ")) {
        visible[strlen(visible) - 1] = '\0';
    }
    return visible;
}

START_TEST(test_round_trip)
{
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)_i + 1);
    g_autoptr(GString) text = g_string_new(HEADER_V "\n" DOMAIN_0);
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)observed_domain_free);
    for (guint32 id = 1; id < 60; id += (guint32)g_rand_int_range(random, 1, 4)) {
        ObservedDomain *row = observed_domain_new();
        g_autofree char *name = name_generate(random);
        row->domid = id;
        row->name = name_visible(name);
        row->memory_mib = g_rand_int(random) >> g_rand_int_range(random, 0, 32);
        row->vcpus = g_rand_int(random) >> g_rand_int_range(random, 0, 32);
        row->cpu_deciseconds = g_rand_int(random) >> g_rand_int_range(random, 0, 32);
        row->is_running = g_rand_boolean(random);
        row->is_blocked = g_rand_boolean(random);
        row->is_paused = g_rand_boolean(random);
        row->is_shut_down = g_rand_boolean(random);
        row->is_dying = g_rand_boolean(random);
        if (row->is_shut_down) {
            row->reason = (ShutdownReason)g_rand_int_range(random, SHUTDOWN_REASON_POWEROFF,
                                                           SHUTDOWN_REASON_UNKNOWN + 1);
        }
        g_autofree char *letters = letters_of(row);
        g_strdelimit(letters, ".", '-');
        g_string_append_printf(text,
                               "%-40s %5u %5" G_GUINT64_FORMAT " %5u     %s  %6" G_GUINT64_FORMAT
                               ".%u" TAIL_V "\n",
                               name, row->domid, row->memory_mib, row->vcpus, letters,
                               row->cpu_deciseconds / 10, (guint)(row->cpu_deciseconds % 10));
        g_ptr_array_add(rows, row);
    }
    g_autoptr(Observed) observed = parse(text->str, text->len);
    ck_assert_msg(observed->state == OBSERVATION_COMPLETE, "%s", observed->trouble);
    ck_assert_uint_eq(observed->domains->len, rows->len + 1);
    for (guint i = 0; i < rows->len; i++) {
        const ObservedDomain *wanted = g_ptr_array_index(rows, i),
                             *found = row_get(observed, i + 1);
        g_autofree char *wanted_letters = letters_of(wanted), *found_letters = letters_of(found);
        ck_assert_str_eq(found->name, wanted->name);
        ck_assert_str_eq(found_letters, wanted_letters);
        ck_assert_uint_eq(found->domid, wanted->domid);
        ck_assert_uint_eq(found->memory_mib, wanted->memory_mib);
        ck_assert_uint_eq(found->vcpus, wanted->vcpus);
        ck_assert_uint_eq(found->cpu_deciseconds, wanted->cpu_deciseconds);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_list");
    TCase *tcase = tcase_create("xen_list");
    tcase_add_test(tcase, test_recorded);
    tcase_add_loop_test(tcase, test_releases, 0, G_N_ELEMENTS(releases));
    tcase_add_loop_test(tcase, test_truncated, 0, G_N_ELEMENTS(releases));
    tcase_add_test(tcase, test_damaged);
    tcase_add_loop_test(tcase, test_troubles, 0, G_N_ELEMENTS(troubles));
    tcase_add_loop_test(tcase, test_misfits, 0, G_N_ELEMENTS(misfits));
    tcase_add_test(tcase, test_ids_differ);
    tcase_add_loop_test(tcase, test_loose_rows, 0, G_N_ELEMENTS(loose_rows));
    tcase_add_test(tcase, test_unknown_heading);
    tcase_add_test(tcase, test_many_headings);
    tcase_add_test(tcase, test_too_long);
    tcase_add_test(tcase, test_used_again);
    tcase_add_test(tcase, test_every_state);
    tcase_add_test(tcase, test_values_of_ganeti);
    tcase_add_loop_test(tcase, test_odd_names, 0, G_N_ELEMENTS(odd_names));
    tcase_add_loop_test(tcase, test_forgeries, 0, G_N_ELEMENTS(forgeries));
    tcase_add_loop_test(tcase, test_round_trip, 0, 50);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
