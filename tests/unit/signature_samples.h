/* A message, keys for it and signatures of it, as minisign 0.11 wrote them. The keys sign nothing
 * else. */
#pragma once

#define SAMPLE_MESSAGE "xensure: 1\n"
#define SAMPLE_KEY_ID  "ECD15C071D8D284E"

#define SAMPLE_PUBLIC_KEY                                                                          \
    "untrusted comment: minisign public key ECD15C071D8D284E\n"                                    \
    "RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFPq\n"

#define SAMPLE_SECRET_KEY                                                                          \
    "untrusted comment: minisign encrypted secret key\n"                                           \
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAATiiNHQdc0ezeFD+"      \
    "lrUUabhCRUzKPCrKSEkch01zHVe3ylNnUvahmCCpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/"                  \
    "B7bFPqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

#define SAMPLE_SIGNATURE                                                                           \
    "untrusted comment: signature from minisign secret key\n"                                      \
    "RUROKI0dB1zR7BK+"                                                                             \
    "oL3KWP3huQGuAi0T7neNPqKIyG0ftNooaVaA6fIoxFetOyRFGpcY5jVoHn8p6tJEJQu9P3a7BSgo9mVSPQ0=\n"       \
    "trusted comment: from minisign\n"                                                             \
    "Rb0v62sN3sAoUdrolexCiQPcVMgaflur7bA/76BflsUXjC53bs5Jy55n26KTy8FOelbTWADHbbRZTlzctzs4Cw==\n"

/* By minisign -l. */
#define SAMPLE_OLDER_SIGNATURE                                                                     \
    "untrusted comment: signature from minisign secret key\n"                                      \
    "RWROKI0dB1zR7BI/"                                                                             \
    "GcCs3AaNnoBrtKp12nMM16XgNvvhCHKn6jQZ6cBmkTXbvit6YyriszyKVYSn0r1X9RE80DP5m1ncjszWmAg=\n"       \
    "trusted comment: from minisign\n"                                                             \
    "EK9FySnjnlPF8h/sNhdeMCpAAzARM7hbieAZBebhisf/ImcC97/bUdRDzPks3vxsxvlO+jQE2oSbfZIiO8BZCQ==\n"

/* With the password "pa55". */
#define SAMPLE_LOCKED_KEY                                                                          \
    "untrusted comment: minisign encrypted secret key\n"                                           \
    "RWRTY0IynpzhLh6+fO73Yr6fcuL0hGYOHiIQUu8fU/"                                                   \
    "yqs3uQ3r8AAAACAAAAAAAAAEAAAAAAhsUsSldbPoQdIWaKbQx81o+fCJLQz6k+c9gIisoq/"                      \
    "B6IwkjIlXvCioLfBGGMCerQJutxYsgUWSuCA3lES17IFmimKTr+"                                          \
    "FdD8k1Ffv5jkuI3SDAMbMPOU902uQBirDmJThP8OebtOh0U=\n"
