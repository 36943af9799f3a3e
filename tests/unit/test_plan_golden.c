/* Every folder of tests/golden/plan is a case (tests/unit/plan_case.h); plan.txt is the plan as a
 * person reads it, and behind a line of dashes what that does not show. UPDATE_GOLDEN=1 writes the
 * files anew: check each line of what git shows then against the case. Whatever the case, rules
 * hold that keep domains alive and runs from going on for ever. */
#include "reconcile/plan_text.h"
#include "tests/unit/plan_case.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char *golden_folder;
static GPtrArray *case_names;

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static GPtrArray *list_cases(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(golden_folder, 0, &error);
    if (folder == NULL) {
        g_error("%s", error->message);
    }
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static PlanCase *read_case(int index, const char **name)
{
    *name = g_ptr_array_index(case_names, (guint)index);
    g_autofree char *path = g_build_filename(golden_folder, *name, NULL);
    return plan_case_read(path);
}

/* ---- the text ---- */

static void describe_changes(const GArray *changes, GString *out)
{
    static const char *const how[] = {[CHANGE_NONE] = "none",
                                      [CHANGE_LIVE] = "live",
                                      [CHANGE_NEXT_START] = "next-start",
                                      [CHANGE_RECREATE] = "re-create"};
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);
        g_string_append_printf(out, "    %s: %s -> %s, %s%s\n", change->row->name,
                               change->have != NULL ? change->have : "(not set)",
                               change->want != NULL ? change->want : "(not set)", how[change->how],
                               change->is_drift ? ", drift" : "");
    }
}

static void describe_action(const Plan *plan, guint index, GString *out)
{
    const Action *action = g_ptr_array_index(plan->actions, index);
    g_string_append_printf(out, "%u %s %s uuid %s", index, action_kind_name(action->kind),
                           action->name, action->uuid);
    if (action->seen != NULL) {
        g_string_append_printf(out, " id %u", action->seen->domid);
    }
    g_string_append(out, action->hold == HOLD_CONFLICT ? " conflict"
                         : action->hold == HOLD_WAIT   ? " waits"
                                                       : "");
    g_string_append(out, action->stops_living ? " stops-living" : "");
    g_string_append(out, action->is_drift ? " drift" : "");
    g_string_append(out, action->removes_boot_link ? " removes-link" : "");
    g_string_append(out, action->keeps_file ? " keeps-file" : "");
    g_string_append(out, action->may_store ? " stores" : "");
    for (guint i = 0; i < action->needs->len; i++) {
        g_string_append_printf(out, "%s%u", i == 0 ? " needs " : ",",
                               g_array_index(action->needs, guint, i));
    }
    for (guint i = 0; i < action->awaits->len; i++) {
        const Watch *watch =
            g_ptr_array_index(plan->watches, g_array_index(action->awaits, guint, i));
        g_string_append_printf(out, "%s%s", i == 0 ? " awaits " : ",", watch->subject->name);
        if (watch->start != G_MAXUINT) {
            g_string_append_printf(out, " of %u", watch->start);
        }
    }
    g_string_append_c(out, '\n');
    describe_changes(action->changes, out);
}

static char *describe_plan(const Plan *plan)
{
    GString *out = g_string_new(NULL);
    plan_format(plan, FALSE, out);
    g_string_append(out, "----\n");
    for (guint i = 0; i < plan->actions->len; i++) {
        describe_action(plan, i, out);
    }
    for (guint i = 0; i < plan->second_look->len; i++) {
        g_string_append_printf(out, "second look: %s\n",
                               (const char *)g_ptr_array_index(plan->second_look, i));
    }
    for (guint i = 0; i < plan->details->len; i++) {
        g_string_append_printf(out, "details of: %u\n", g_array_index(plan->details, guint32, i));
    }
    g_string_append(out, plan->asks_disks ? "asks for the disks of all\n" : "");
    for (guint i = 0; i < plan->host_checks->len; i++) {
        const Domain *domain = g_ptr_array_index(plan->host_checks, i);
        g_string_append_printf(out, "host check of: %s\n", domain->name);
    }
    for (guint i = 0; i < plan->ask_hosts->len; i++) {
        const FleetHost *host = g_ptr_array_index(plan->ask_hosts, i);
        g_string_append_printf(out, "asks: %s\n", host->name);
    }
    g_string_append(out, plan->asks_node ? "asks what Xen says of this host\n" : "");
    g_string_append_printf(out, "exit: %d\n", plan_exit_code(plan));
    return g_string_free(out, FALSE);
}

START_TEST(test_plan)
{
    const char *name = NULL;
    g_autoptr(PlanCase) plan_case = read_case(_i, &name);
    g_autoptr(Plan) plan =
        plan_make(plan_case->spec, plan_case->observed, plan_case->record, &plan_case->policy);
    g_autofree char *found = describe_plan(plan);
    g_autofree char *file = g_build_filename(golden_folder, name, "plan.txt", NULL);
    if (g_strcmp0(g_getenv("UPDATE_GOLDEN"), "1") == 0) {
        ck_assert_msg(g_file_set_contents(file, found, -1, NULL), "cannot write %s", file);
    }
    g_autofree char *expected = NULL;
    ck_assert_msg(g_file_get_contents(file, &expected, NULL, NULL), "%s has no plan.txt", name);
    if (strcmp(expected, found) != 0) {
        g_printerr("== %s: expected\n%s== %s: found\n%s", name, expected, name, found);
    }
    ck_assert_msg(strcmp(expected, found) == 0, "the plan of '%s' has changed", name);
}
END_TEST

/* ---- what holds for every plan ---- */

START_TEST(test_rules)
{
    const char *name = NULL;
    g_autoptr(PlanCase) plan_case = read_case(_i, &name);
    g_autoptr(PlanCase) after = read_case(_i, &name);
    g_autofree char *fault = plan_case_find_fault(plan_case, after);
    ck_assert_msg(fault == NULL, "%s: %s", name, fault);
}
END_TEST

int main(void)
{
    golden_folder = g_build_filename(g_getenv("TESTS_ROOT"), "golden", "plan", NULL);
    case_names = list_cases();
    int count = (int)case_names->len;
    Suite *suite = suite_create("plan_golden");
    TCase *cases = tcase_create("plans");
    tcase_add_loop_test(cases, test_plan, 0, count);
    tcase_add_loop_test(cases, test_rules, 0, count);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_ptr_array_unref(case_names);
    g_free(golden_folder);
    return failed == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
