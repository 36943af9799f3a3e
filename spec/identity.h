/* Identities made from names, the same on every host and in every run. */
#pragma once

#include <glib.h>

#define IDENTITY_UUID_SIZE 37
#define IDENTITY_MAC_SIZE  18

/* UUIDv5 (RFC 4122) of "FLEET/DOMAIN" in xensure's own namespace. */
void identity_make_uuid(const char *fleet, const char *domain, char out[IDENTITY_UUID_SIZE]);
/* 36 characters in the form in which the list and the spec are read: lower case. */
gboolean identity_is_uuid(const char *text);
/* 00:16:3e (Xen's) and 23 bits of SHA-256 over "FLEET/DOMAIN/DEVID". */
void identity_make_mac(const char *fleet, const char *domain, gint64 devid,
                       char out[IDENTITY_MAC_SIZE]);
