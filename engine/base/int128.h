/* 128-bit intermediates; the one place that names the compiler extension. */
#ifndef ANS_BASE_INT128_H
#define ANS_BASE_INT128_H
__extension__ typedef __int128 ans_int128;
__extension__ typedef unsigned __int128 ans_uint128;
#endif
