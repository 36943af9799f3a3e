/* What the files spec_check*.c share. */
#pragma once

#include "spec/spec_steps.h"

/* A domain, or a profile in the shape of one, which has nothing but its own values. */
typedef struct {
    const Domain *domain;
    const char *kind; /* "domain", "profile" */
    Problems *problems;
} Subject;

/* Can these keys be held against each other here? All must be set and right, and not all from the
 * same profile, whose own check they are then. */
gboolean subject_has(const Subject *subject, const DomainKey *keys, guint count);
/* Where to point: at the last of these keys that the domain itself gives, else at the first. */
Position subject_place(const Subject *subject, const DomainKey *keys, guint count);
/* GUEST_*, or GUEST_ALL where the type is not known. */
guint subject_type(const Subject *subject);
/* Is the value one that asks for something: true, not an empty list, not "disabled" or "none"? */
gboolean value_is_on(const Value *value);

/* Keys that do not go with each other or with the type of the guest (spec_check_guest.c). */
void spec_check_guest(const Subject *subject);
/* What a whole domain must have to be started. */
void spec_check_boot(const Domain *domain, Problems *problems);
/* Keys that a guest of this type does not have, within devices (spec_check_devices.c). */
void spec_check_device_guests(const Subject *subject);
/* The devices of one layer, against each other. */
void spec_check_devices(const Settings *settings, Problems *problems);
