/* SPDX-License-Identifier: MIT */
/* program.h - what the two files of the program share. */
#ifndef PROGRAM_H
#define PROGRAM_H

/* Twice and in any order: each header stands by itself. */
#include <flexsc_device.h>
#include <flexsc.h>
#include <flexsc.h>
#include <flexsc_abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A second user of the headers' inline functions. */
int submit_write(struct flexsc *flexsc, struct flexsc_cb *cb, int fd);

#ifdef __cplusplus
}
#endif

#endif /* PROGRAM_H */
