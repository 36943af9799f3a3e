/* What is known of domains by the host beside their files: whole ones that run, and what a file of
 * one that runs leaves open. */
#pragma once

#include "reconcile/observed.h"
#include "xenbackend/xen_import.h"

/* The domain of a row whose settings are seen (not NULL). What cannot be carried over is in its
 * notes. ROW must outlive it. */
ImportedDomain *xen_import_running(const ObservedDomain *row);
/* Which domain it is, and that it is to be taken over as it is (IS_ADOPTED): by its uuid, and
 * paused where it is so. */
void imported_domain_identify(ImportedDomain *domain, const ObservedDomain *row,
                              gboolean is_adopted);
/* Gives vifs without a MAC address that of the running domain, and says so. */
void imported_domain_take_macs(ImportedDomain *domain, const ObservedDomain *row);
/* Sets a key to a word or text of a spec, or to a number. */
void imported_domain_set_text(ImportedDomain *domain, DomainKey key, const char *text);
void imported_domain_set_number(ImportedDomain *domain, DomainKey key, gint64 number);
