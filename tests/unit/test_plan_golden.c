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

static Plan *make_plan(const PlanCase *plan_case)
{
    return plan_make(plan_case->spec, plan_case->observed, plan_case->record, &plan_case->policy);
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
    for (guint i = 0; i < action->needs->len; i++) {
        g_string_append_printf(out, "%s%u", i == 0 ? " needs " : ",",
                               g_array_index(action->needs, guint, i));
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
    g_string_append_printf(out, "exit: %d\n", plan_exit_code(plan));
    return g_string_free(out, FALSE);
}

START_TEST(test_plan)
{
    const char *name = NULL;
    g_autoptr(PlanCase) plan_case = read_case(_i, &name);
    g_autoptr(Plan) plan = make_plan(plan_case);
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

static gboolean is_of_spec(const PlanCase *plan_case, const char *uuid)
{
    for (guint i = 0; i < plan_case->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(plan_case->spec->domains, i);
        if (strcmp(domain->uuid, uuid) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Only what is ours is touched, by its id, and nothing that the list does not show. */
static void check_target(const PlanCase *plan_case, const char *name, const Action *action)
{
    gboolean is_ours = is_of_spec(plan_case, action->uuid) ||
                       record_find_uuid(plan_case->record, action->uuid) != NULL;
    gboolean is_taken_over = action->kind == ACTION_ADOPT && action->domain != NULL &&
                             domain_get_integer(action->domain, DOMAIN_KEY_adopt) != 0;
    ck_assert_msg(is_ours || is_taken_over, "%s: %s of %s is about a foreign uuid", name,
                  action_kind_name(action->kind), action->name);
    ck_assert_msg(action->uuid[0] != '\0', "%s: an action without a uuid", name);
    ck_assert_msg(strcmp(action->name, "Domain-0") != 0, "%s: Domain-0 is touched", name);
    if (action->seen != NULL) {
        ck_assert_msg(action->seen->domid != 0, "%s: id 0 is touched", name);
        ck_assert_msg(strcmp(action->seen->uuid, action->uuid) == 0,
                      "%s: %s of %s is about a row with another uuid", name,
                      action_kind_name(action->kind), action->name);
    }
}

/* Nothing starts that a row of the list may be, and nothing ends that lives, but by a shutdown or
 * a restart. */
static void check_life(const PlanCase *plan_case, const char *name, const Plan *plan, guint index)
{
    const Action *action = g_ptr_array_index(plan->actions, index);
    gboolean is_stop = action->kind == ACTION_SHUTDOWN || action->kind == ACTION_RESTART;
    if (action->hold != HOLD_NONE) {
        ck_assert_msg(action->held != NULL && *action->held != '\0', "%s: held without a word",
                      name);
        return;
    }
    ck_assert_msg(!is_stop || (action->stops_living && action->seen != NULL),
                  "%s: a stop that is not counted", name);
    if (action->kind == ACTION_DESTROY) {
        gboolean never_ran = action->seen->is_paused && action->seen->cpu_deciseconds == 0;
        ck_assert_msg(action->seen->is_shut_down || never_ran, "%s: %s is destroyed alive", name,
                      action->name);
    }
    gboolean is_freed = FALSE;
    for (guint i = 0; i < index; i++) {
        const Action *other = g_ptr_array_index(plan->actions, i);
        is_freed = is_freed || (strcmp(other->uuid, action->uuid) == 0 &&
                                other->hold == HOLD_NONE && other->kind == ACTION_DESTROY);
    }
    for (guint i = 0; action->kind == ACTION_CREATE && i < plan_case->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(plan_case->observed->domains, i);
        gboolean is_same = strcmp(row->uuid, action->uuid) == 0 || row->uuid[0] == '\0' ||
                           strcmp(row->name, action->name) == 0;
        ck_assert_msg(row->domid == 0 || !is_same || is_freed, "%s: %s is created and is id %u",
                      name, action->name, row->domid);
    }
}

/* One action a domain, but for a stop and what goes with it, live changes, and a restart that is
 * held. */
static void check_pairs(const char *name, const Plan *plan, guint index)
{
    const Action *action = g_ptr_array_index(plan->actions, index);
    for (guint i = 0; i < index; i++) {
        const Action *other = g_ptr_array_index(plan->actions, i);
        gboolean is_same_row = other->seen != NULL && other->seen == action->seen;
        gboolean ends_both = action->stops_living && other->stops_living;
        ck_assert_msg(!is_same_row || !ends_both, "%s: id %u is stopped twice", name,
                      action->seen->domid);
        ck_assert_msg(strcmp(other->name, action->name) != 0 || other->kind != action->kind,
                      "%s: %s of %s twice", name, action_kind_name(action->kind), action->name);
    }
    for (guint i = 0; i < action->needs->len; i++) {
        ck_assert_msg(g_array_index(action->needs, guint, i) < index, "%s: needs what comes later",
                      name);
    }
}

START_TEST(test_rules)
{
    const char *name = NULL;
    g_autoptr(PlanCase) plan_case = read_case(_i, &name);
    g_autoptr(Plan) plan = make_plan(plan_case);
    for (guint i = 0; i < plan->actions->len; i++) {
        check_target(plan_case, name, g_ptr_array_index(plan->actions, i));
        check_life(plan_case, name, plan, i);
        check_pairs(name, plan, i);
    }
}
END_TEST

static gboolean has_action(const Plan *plan, const Action *action)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *other = g_ptr_array_index(plan->actions, i);
        if (other->kind == action->kind && strcmp(other->name, action->name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean has_adopted(const Plan *plan, const char *name)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        if (action->kind == ACTION_ADOPT && action->hold == HOLD_NONE &&
            strcmp(action->name, name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A plan that was carried out leaves nothing to do: what stays is what was held before. Only of a
 * domain that was taken over more is known then. */
START_TEST(test_second_plan_is_empty)
{
    const char *name = NULL;
    g_autoptr(PlanCase) plan_case = read_case(_i, &name);
    g_autoptr(PlanCase) after = read_case(_i, &name);
    g_autoptr(Plan) plan = make_plan(plan_case);
    plan_case_apply(after, plan);
    g_autoptr(Plan) second = make_plan(after);
    for (guint i = 0; i < second->actions->len; i++) {
        const Action *action = g_ptr_array_index(second->actions, i);
        if (has_adopted(plan, action->name)) {
            continue;
        }
        ck_assert_msg(action->hold != HOLD_NONE, "%s: %s of %s is still to do: %s", name,
                      action_kind_name(action->kind), action->name, action->reason);
        ck_assert_msg(has_action(plan, action), "%s: %s of %s is new: %s", name,
                      action_kind_name(action->kind), action->name, action->held);
    }
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
    tcase_add_loop_test(cases, test_second_plan_is_empty, 0, count);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_ptr_array_unref(case_names);
    g_free(golden_folder);
    return failed == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
