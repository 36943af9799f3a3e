/* The order of the actions: stops before starts, `after` before what comes after it, and in reverse
 * for stops. */
#include "reconcile/plan_steps.h"

#include <string.h>

typedef struct {
    Action *action;
    ActionPhase phase;
    guint depth;    /* of `after`: how long the chain of what comes before it is */
    guint position; /* keeps the sort stable */
} Place;

static int compare_places(gconstpointer left, gconstpointer right)
{
    const Place *a = left;
    const Place *b = right;
    if (a->phase != b->phase) {
        return (int)a->phase - (int)b->phase;
    }
    if (a->depth != b->depth) {
        gboolean is_deeper = a->depth > b->depth;
        return (a->phase == PHASE_STOP) == is_deeper ? -1 : 1;
    }
    return (a->position > b->position) - (a->position < b->position);
}

/* The length of the longest chain of `after` below a domain; the spec has no cycle. Walked with a
 * stack of its own, because a chain may be as long as the spec. */
static guint depth_of(const Planning *planning, const Domain *domain, GHashTable *depths)
{
    g_autoptr(GPtrArray) stack = g_ptr_array_new();
    g_ptr_array_add(stack, (Domain *)domain);
    while (stack->len > 0) {
        Domain *top = g_ptr_array_index(stack, stack->len - 1);
        const Value *after = domain_get(top, DOMAIN_KEY_after);
        guint depth = 0;
        gboolean is_ready = TRUE;
        for (guint i = 0; after != NULL && i < after->count; i++) {
            Domain *other = spec_find(planning->desired, after->items[i].text);
            gpointer known =
                other != NULL ? g_hash_table_lookup(depths, other) : GUINT_TO_POINTER(1);
            if (known == NULL) {
                g_ptr_array_add(stack, other);
                is_ready = FALSE;
            } else {
                depth = MAX(depth, GPOINTER_TO_UINT(known));
            }
        }
        if (is_ready) {
            /* Stored one too high, so that 0 can mean "not known yet". */
            g_hash_table_insert(depths, top, GUINT_TO_POINTER(depth + 1));
            g_ptr_array_set_size(stack, (gint)stack->len - 1);
        }
    }
    return GPOINTER_TO_UINT(g_hash_table_lookup(depths, domain));
}

static void sort_actions(Planning *planning)
{
    GPtrArray *actions = planning->plan->actions;
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
    g_autoptr(GHashTable) depths = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        Place place = {action, action_row(action->kind)->phase, 0, i};
        if (action->domain != NULL && domain_get(action->domain, DOMAIN_KEY_after) != NULL) {
            place.depth = depth_of(planning, action->domain, depths);
        } else {
            place.depth = 1;
        }
        g_array_append_val(places, place);
    }
    g_array_sort(places, compare_places);
    for (guint i = 0; i < places->len; i++) {
        actions->pdata[i] = g_array_index(places, Place, i).action;
    }
}

void plan_add_need(Action *action, guint index)
{
    for (guint i = 0; i < action->needs->len; i++) {
        if (g_array_index(action->needs, guint, i) == index) {
            return;
        }
    }
    g_array_append_val(action->needs, index);
}

/* Actions by domain: name -> GArray of indices. */
static GHashTable *index_actions(const GPtrArray *actions)
{
    GHashTable *by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < actions->len; i++) {
        const Action *action = g_ptr_array_index(actions, i);
        GArray *indices = g_hash_table_lookup(by_name, action->name);
        if (indices == NULL) {
            indices = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(by_name, (char *)action->name, indices);
        }
        g_array_append_val(indices, i);
    }
    return by_name;
}

/* Is it of no use to do AFTER where BEFORE was not done? Live changes of a domain do without each
 * other, but for a vif that comes in the place of one with its MAC. */
gboolean plan_must_succeed(const Action *before, const Action *after)
{
    gboolean are_live = action_row(before->kind)->is_live && action_row(after->kind)->is_live;
    gboolean is_same = strcmp(before->name, after->name) == 0;
    gboolean takes_place = before->kind == ACTION_DETACH_VIF && after->kind == ACTION_ATTACH_VIF;
    return !are_live || !is_same || takes_place;
}

/* An earlier action of the same domain comes first. One that is held is not waited for, but where
 * it is to free the domain's place, nothing takes the place. */
static void need_own_earlier(GPtrArray *actions, GHashTable *by_name, guint index)
{
    Action *action = g_ptr_array_index(actions, index);
    const GArray *indices = g_hash_table_lookup(by_name, action->name);
    for (guint i = 0; i < indices->len && g_array_index(indices, guint, i) < index; i++) {
        guint earlier_index = g_array_index(indices, guint, i);
        const Action *earlier = g_ptr_array_index(actions, earlier_index);
        if (earlier->hold == HOLD_NONE) {
            plan_add_need(action, earlier_index);
        } else if ((action_kind_ends(earlier->kind) &&
                    (action->kind == ACTION_CREATE || action->kind == ACTION_REMOVE_CONFIG)) ||
                   (earlier->kind == ACTION_DETACH_VIF && action->kind == ACTION_ATTACH_VIF)) {
            plan_add_need(action, earlier_index);
            action_hold(action, HOLD_WAIT, "its %s is held", action_kind_name(earlier->kind));
        }
    }
}

/* Does the start of one domain have to wait for this action of another that comes before it? A
 * restart that is held leaves the other one running, as it should be. */
static gboolean is_start_to_wait_for(const Action *action)
{
    return action->kind == ACTION_CREATE || action->kind == ACTION_UNPAUSE ||
           (action->kind == ACTION_RESTART && action->hold == HOLD_NONE);
}

/* A start needs the starts of `after`; a stop of one of those needs the stop of this one. */
static void need_after(Planning *planning, GHashTable *by_name, guint index)
{
    GPtrArray *actions = planning->plan->actions;
    Action *action = g_ptr_array_index(actions, index);
    const Value *after =
        action->domain != NULL ? domain_get(action->domain, DOMAIN_KEY_after) : NULL;
    for (guint i = 0; after != NULL && i < after->count; i++) {
        const GArray *indices = g_hash_table_lookup(by_name, after->items[i].text);
        for (guint j = 0; indices != NULL && j < indices->len; j++) {
            guint other_index = g_array_index(indices, guint, j);
            Action *other = g_ptr_array_index(actions, other_index);
            gboolean starts = action_kind_creates(action->kind);
            if (starts && other_index < index && is_start_to_wait_for(other)) {
                plan_add_need(action, other_index);
            } else if (action->kind == ACTION_SHUTDOWN && other->kind == ACTION_SHUTDOWN &&
                       index < other_index) {
                plan_add_need(other, index);
            }
        }
    }
}

/* What needs something of another domain that is held is held too. */
static void hold_behind_needs(GPtrArray *actions, guint index)
{
    Action *action = g_ptr_array_index(actions, index);
    for (guint i = 0; i < action->needs->len; i++) {
        const Action *needed = g_ptr_array_index(actions, g_array_index(action->needs, guint, i));
        gboolean is_other = strcmp(needed->name, action->name) != 0;
        if (needed->hold != HOLD_NONE && is_other) {
            action_hold(action, HOLD_WAIT, "the %s of %s, which comes before it, is held",
                        action_kind_name(needed->kind), needed->name);
        }
    }
}

void plan_order(Planning *planning)
{
    sort_actions(planning);
    plan_need_disks(planning);
    plan_hold_used_disks(planning);
    plan_hold_given_back(planning);
    GPtrArray *actions = planning->plan->actions;
    g_autoptr(GHashTable) by_name = index_actions(actions);
    MemoryPlan memory;
    plan_memory_begin(planning, &memory);
    /* What is needed stands before what needs it, so that its hold is settled by then. */
    for (guint i = 0; i < actions->len; i++) {
        need_own_earlier(actions, by_name, i);
        need_after(planning, by_name, i);
        plan_await_ready(planning, by_name, i);
        hold_behind_needs(actions, i);
        plan_memory_admit(&memory, g_ptr_array_index(actions, i), i);
    }
    plan_memory_clear(&memory);
}
