/*
 * `ebb gate`: did the newest run, or one before it, change for the worse?
 */
#ifndef EBB_HARNESS_GATE_H
#define EBB_HARNESS_GATE_H

int cmd_gate(int argc, char **argv);

#endif
