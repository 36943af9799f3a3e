/* Moving a domain: every pair of what the two hosts can show, what stands in the way before, and
 * what failures are called. */
#include "reconcile/move.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define UUID  "7c71034a-bb0b-5c43-8acc-85edc793a7eb"
#define OTHER "11111111-2222-4333-8444-555555555555"

/* ---- what each host shows ---- */

typedef struct {
    const char *name;
    const char *letters; /* as in the list: p, s, d, and the reason */
} Row;

static void see(Observed *observed, const Row *row)
{
    ObservedDomain *domain = observed_domain_new();
    domain->domid = 5 + observed->domains->len;
    domain->name = g_strdup(row->name);
    g_strlcpy(domain->uuid, UUID, sizeof domain->uuid);
    domain->is_paused = strchr(row->letters, 'p') != NULL;
    domain->is_shut_down = strchr(row->letters, 's') != NULL;
    domain->is_dying = strchr(row->letters, 'd') != NULL;
    domain->reason = strchr(row->letters, 'S') != NULL   ? SHUTDOWN_REASON_SUSPEND
                     : strchr(row->letters, 'C') != NULL ? SHUTDOWN_REASON_CRASH
                     : strchr(row->letters, 'U') != NULL ? SHUTDOWN_REASON_UNKNOWN
                                                         : SHUTDOWN_REASON_NONE;
    g_ptr_array_add(observed->domains, domain);
}

static const struct {
    Row rows[2];
    MoveHere here;
} sights[] = {
    {{{NULL, NULL}}, HERE_GONE},
    {{{"web1", "b"}}, HERE_LIVES},
    {{{"web1", "p"}}, HERE_LIVES},
    {{{"renamed", "b"}}, HERE_LIVES},
    {{{"web1", "sS"}}, HERE_SUSPENDED},
    {{{"web1", "sU"}}, HERE_SUSPENDED},
    {{{"web1--migratedaway", "sS"}}, HERE_SENT},
    {{{"web1--migratedaway", "b"}}, HERE_SENT},
    {{{"web1", "sC"}}, HERE_ENDED},
    {{{"web1", "s"}}, HERE_ENDED},
    {{{"web1", "d"}}, HERE_DYING},
    {{{"(null)", "s"}}, HERE_DYING},
    {{{"web1--migratedaway", "sSd"}}, HERE_DYING},
    {{{"web1--incoming", "p"}}, HERE_ODD},
    {{{"migrating-web1", "b"}}, HERE_ODD},
    {{{"web1", "b"}, {"web1--incoming", "p"}}, HERE_SEVERAL},
    {{{"web1--migratedaway", "sS"}, {"(null)", "d"}}, HERE_SEVERAL},
};

START_TEST(test_here)
{
    g_autoptr(Observed) observed = observed_new();
    guint32 domid = 77;
    for (guint i = 0; i < 2 && sights[_i].rows[i].name != NULL; i++) {
        see(observed, &sights[_i].rows[i]);
    }
    Row stranger = {"web1", "b"};
    see(observed, &stranger);
    ObservedDomain *last = g_ptr_array_index(observed->domains, observed->domains->len - 1);
    g_strlcpy(last->uuid, OTHER, sizeof last->uuid);
    ck_assert_int_eq((int)move_see_here(observed, UUID, &domid), (int)sights[_i].here);
    ck_assert(sights[_i].here == HERE_GONE ? domid == 0 : domid >= 5);
}
END_TEST

static const struct {
    const char *name;
    AnswerSeen seen;
    const char *second; /* another of its uuid; NULL: none */
    MoveThere there;
} answers[] = {
    {"web1", ANSWER_SEEN_ABSENT, NULL, THERE_GONE},
    {"web1", ANSWER_SEEN_RUNNING, NULL, THERE_RUNS},
    {"web1", ANSWER_SEEN_PAUSED, NULL, THERE_PAUSED},
    {"web1", ANSWER_SEEN_SHUT_DOWN, NULL, THERE_ENDED},
    {"web1", ANSWER_SEEN_UNKNOWN, NULL, THERE_UNKNOWN},
    {"web1--incoming", ANSWER_SEEN_PAUSED, NULL, THERE_HALF},
    {"web1--incoming", ANSWER_SEEN_RUNNING, NULL, THERE_HALF},
    {"web1--migratedaway", ANSWER_SEEN_SHUT_DOWN, NULL, THERE_HALF},
    {"web1", ANSWER_SEEN_RUNNING, "web1--incoming", THERE_SEVERAL},
};

START_TEST(test_there)
{
    g_autoptr(HostAnswer) answer = host_answer_new();
    host_answer_add(answer, "web1", OTHER)->seen = ANSWER_SEEN_RUNNING;
    host_answer_add(answer, answers[_i].name, UUID)->seen = answers[_i].seen;
    if (answers[_i].second != NULL) {
        host_answer_add(answer, answers[_i].second, UUID)->seen = ANSWER_SEEN_PAUSED;
    }
    ck_assert_int_eq((int)move_see_there(answer, UUID), (int)answers[_i].there);
    host_answer_add(answer, "x", "")->seen = ANSWER_SEEN_RUNNING;
    ck_assert(move_see_there(answer, UUID) == THERE_UNKNOWN);
    g_autoptr(HostAnswer) silent = host_answer_new_trouble("does not answer");
    ck_assert(move_see_there(silent, UUID) == THERE_UNKNOWN);
    ck_assert(move_see_there(NULL, UUID) == THERE_UNKNOWN);
}
END_TEST

/* ---- how it has ended ---- */

/* d: done, s: it stayed, w: wait, c: may run twice. The columns: unknown, gone, runs, paused,
 * ended, half, several. */
static const char *const expected[MOVE_HERE_COUNT] = {
    [HERE_GONE] = "wwdddwc", [HERE_LIVES] = "sscccsc",   [HERE_SUSPENDED] = "wwcccwc",
    [HERE_SENT] = "wwcccwc", [HERE_ENDED] = "wscccsc",   [HERE_DYING] = "wwwwwwc",
    [HERE_ODD] = "wwcwwwc",  [HERE_SEVERAL] = "ccccccc",
};

START_TEST(test_decide)
{
    static const char letters[] = {
        [MOVE_DONE] = 'd', [MOVE_STAYED] = 's', [MOVE_WAIT] = 'w', [MOVE_CONFLICT] = 'c'};
    MoveHere here = (MoveHere)_i;
    for (guint i = 0; i < MOVE_THERE_COUNT; i++) {
        MoveThere there = (MoveThere)i;
        g_autofree char *what = NULL;
        g_autoptr(HostAnswer) answer = host_answer_new_trouble("does not answer");
        MoveEnd end = move_decide(here, there, "dom0-b", answer, "web1", 5, &what);
        ck_assert_msg(letters[end] == expected[here][there], "%d here, %d there: %c", _i, (int)i,
                      letters[end]);
        ck_assert_msg(*what != '\0' && strpbrk(what, "{}") == NULL, "%s", what);
        /* Whatever the table says: */
        gboolean is_here = here != HERE_GONE;
        gboolean is_there = there == THERE_RUNS || there == THERE_PAUSED || there == THERE_ENDED;
        ck_assert_msg(end != MOVE_DONE || (!is_here && is_there), "forgotten: %s", what);
        ck_assert_msg(end != MOVE_STAYED || (here == HERE_LIVES || here == HERE_ENDED), "%s", what);
        ck_assert_msg(end != MOVE_STAYED || !is_there, "it may run twice: %s", what);
        ck_assert(there != THERE_UNKNOWN || strstr(what, "does not answer") != NULL);
    }
}
END_TEST

/* ---- before ---- */

static const struct {
    const char *ours, *theirs;
    gint64 free_mib, taken_mib;
    const char *obstacle; /* NULL: none */
} questions[] = {
    {"4.17.7", "4.17.0", 536, 0, NULL},
    {"4.17.7", "4.18", 536, 0, NULL},
    {"4.17.7", "5.0.0", 536, 0, NULL},
    {"4.9.1", "4.17.0-rc1", 536, 0, NULL},
    {"4.17", "4.17-unstable", 536, 0, NULL},
    {"4.17.0", "4.9.9", 9999, 0, "older"},
    {"5.0", "4.99", 9999, 0, "older"},
    {NULL, "4.17.0", 9999, 0, "this host does not say"},
    {"4.17.0", NULL, 9999, 0, "dom0-b does not say"},
    {"4.17.0", "four", 9999, 0, "dom0-b does not say"},
    {"4.17.0", "4", 9999, 0, "dom0-b does not say"},
    {"4.17.0", "4.x", 9999, 0, "dom0-b does not say"},
    {"4.17.0", "4.17x", 9999, 0, "dom0-b does not say"},
    {"4.17.0", "4.17.0", 535, 0, "535 MiB free"},
    {"4.17.0", "4.17.0", 1071, 536, "535 MiB free beside"},
    {"4.17.0", "4.17.0", 1072, 536, NULL},
    {"4.17.0", "4.17.0", -1, 0, "how much memory"},
    {"4.17.0", "4.17.0", 0, 0, "0 MiB free"},
};

START_TEST(test_obstacles)
{
    gboolean is_twice = TRUE;
    g_autoptr(HostAnswer) answer = host_answer_new();
    AnswerDomain *wanted = host_answer_add(answer, "web1", UUID);
    wanted->seen = ANSWER_SEEN_ABSENT;
    wanted->is_wanted = TRUE;
    answer->xen_version = g_strdup(questions[_i].theirs);
    answer->free_memory_mib = questions[_i].free_mib;
    MoveQuestion question = {"dom0-b",          answer, "web1", UUID, 512, questions[_i].taken_mib,
                             questions[_i].ours};
    g_autofree char *obstacle = move_find_obstacle(&question, &is_twice);
    ck_assert(!is_twice);
    if (questions[_i].obstacle == NULL) {
        ck_assert_msg(obstacle == NULL, "%s", obstacle);
    } else {
        ck_assert_msg(obstacle != NULL && strstr(obstacle, questions[_i].obstacle) != NULL, "%s",
                      obstacle);
    }
}
END_TEST

/* ---- failures ---- */

static const struct {
    const char *errors, *name;
    gboolean is_lasting;
} failures[] = {
    {"xc: info: Saving domain 3, type x86 PV\n"
     "xc: error: Failed to enable logdirty: 95,22,0 (22 = Invalid argument): Internal error\n"
     "Migration failed, failed to suspend at sender.\n",
     "no shadow paging", TRUE},
    {"libxl: error: libxl_dom_suspend.c:269:domain_suspend_common_pvcontrol_suspending: Domain "
     "4:guest didn't acknowledge suspend, cancelling request\nMigration failed, failed to suspend "
     "at sender.\n",
     "did not suspend itself", FALSE},
    {"xc: error: Failed to populate physmap (16 = Device or resource busy): Internal error\n"
     "Migration failed, resuming at sender.\n",
     "not enough memory", FALSE},
    {"Domain with name \"m1\" already exists.\nmigration sender: Target reports startup failure "
     "(status code 6).\n",
     "of its name", FALSE},
    {"sh: line 1: exec: nosuchcommand: not found\nlibxl: error: libxl_utils.c:505:"
     "libxl_read_exactly: file/stream truncated reading banner from migration receiver stream\n"
     "migration transport process [186] exited with error status 127\n",
     "a program is missing", FALSE},
    {"ssh: connect to host 10.0.0.9 port 22: No route to host\r\nreading banner from migration "
     "receiver stream\n",
     "cannot be reached", FALSE},
    {"libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading banner "
     "from migration receiver stream\n",
     "xl did not answer", FALSE},
    {"Migration failed, resuming at sender.\n", "the connection broke", FALSE},
    {"** Migration failed during final handshake **\n", "last handshake", FALSE},
};

START_TEST(test_failures)
{
    gboolean is_lasting = TRUE;
    ck_assert_ptr_null(move_name_failure("something new\n", &is_lasting));
    ck_assert(!is_lasting);
    ck_assert_ptr_null(move_name_failure(NULL, &is_lasting));
    const char *name = move_name_failure(failures[_i].errors, &is_lasting);
    ck_assert_msg(name != NULL && strstr(name, failures[_i].name) != NULL, "%s", name);
    ck_assert_int_eq(is_lasting, failures[_i].is_lasting);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("move");
    TCase *looking = tcase_create("looking");
    tcase_add_loop_test(looking, test_here, 0, G_N_ELEMENTS(sights));
    tcase_add_loop_test(looking, test_there, 0, G_N_ELEMENTS(answers));
    suite_add_tcase(suite, looking);
    TCase *deciding = tcase_create("deciding");
    tcase_add_loop_test(deciding, test_decide, 0, MOVE_HERE_COUNT);
    suite_add_tcase(suite, deciding);
    TCase *before = tcase_create("before");
    tcase_add_loop_test(before, test_obstacles, 0, G_N_ELEMENTS(questions));
    suite_add_tcase(suite, before);
    TCase *naming = tcase_create("failures");
    tcase_add_loop_test(naming, test_failures, 0, G_N_ELEMENTS(failures));
    suite_add_tcase(suite, naming);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
