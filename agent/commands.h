/* The commands of xensure: each takes the options and returns the exit code. */
#pragma once

#include "agent/options.h"

int command_validate(const Options *options);
int command_plan(const Options *options);
int command_apply(const Options *options);
int command_agent(const Options *options);
int command_status(const Options *options);
int command_render(const Options *options);
int command_schema(const Options *options);
int command_explain(const Options *options);
int command_host(const Options *options);
int command_console(const Options *options);
int command_claim(const Options *options);
int command_import(const Options *options);
int command_forget(const Options *options);
int command_suspend(const Options *options);
int command_resume(const Options *options);
int command_keygen(const Options *options);
int command_sign(const Options *options);
int command_verify(const Options *options);
