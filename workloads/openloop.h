/*
 * open-loop's parts that both its files see: a server, which is one thread's,
 * and what all of them share. openloop.c prepares and reports, openloop_serve.c
 * goes through the schedule.
 */
#ifndef EBB_WORKLOADS_OPENLOOP_H
#define EBB_WORKLOADS_OPENLOOP_H

#include "lognormal.h"
#include "run.h"
#include "schedule.h"
#include "slowest.h"
#include "snapshot.h"
#include "tail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects of a request, beside a large block. */
#define OBJECTS_MOST 200u

typedef struct object_s object_t;
struct object_s {
	void *block;
	size_t size;
};

/* A request that is held. */
typedef struct request_s request_t;
struct request_s {
	uint32_t n;
	object_t object[OBJECTS_MOST + 1];
};

typedef struct openloop_s openloop_t;

/* One thread's server. */
typedef struct server_s server_t;
struct server_s {
	thread_t *t;
	const openloop_t *all;
	schedule_t schedule;
	request_t *request; /* schedule.nslots of them */
	slowest_t slowest;  /* uint64_t[RUN_COLUMNS] each; or the tail's: */
	tail_t tail;
	tail_row_t *rows; /* tail_capacity() of them; NULL: none is kept */
	/* At the last idle moment: */
	uint64_t idle_ns;
	snapshot_t before;
	uint64_t service_ns;
	uint64_t late_ns, late_max_ns, nlate; /* starts of halves */
	uint64_t stall_max_ns; /* late though nothing was left to do */
	uint64_t planted;
};

struct openloop_s {
	lognormal_t objects, size, hold;
	double rate;
	uint64_t large, large_every;
	uint64_t plant_ns, plant_every;
	uint64_t snapshot_ns; /* what looking at the counters costs */
	tail_units_t units;
	unsigned tail_rows; /* of each thread; 0: no tail is kept */
	server_t *server;   /* of each thread */
	hist_t *control;    /* of each thread */
};

/*
 * Each is called by a server's own thread, in this order.
 *
 * Goes through the schedule with nothing allocated, into all->control[id + 1].
 */
void openloop_control(server_t *s);

/* Goes through its beginning as fast as it goes, so that the heap has its
 * size; then all requests end. */
void openloop_warm_up(server_t *s);

/* Goes through it in time, into the thread's histogram and the server. */
void openloop_work(server_t *s);

#endif
