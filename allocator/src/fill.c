#include "fill.h"

#include "assert.h"

const char *const fill_names[] = {
    "adaptive", "0", "1", "2", "3", "burst", NULL};

#define FILL_BURST_FIRST 3

uint8_t
fill_first(fill_t fill, unsigned max)
{
	uint8_t div = 1;
	assert(max >= 1);
	if (fill >= FILL_FIXED0 && fill <= FILL_FIXED3)
		div = (uint8_t)(fill - FILL_FIXED0);
	else if (fill == FILL_BURST)
		div = FILL_BURST_FIRST;
	while (div > 0 && max >> div == 0)
		div--;
	return div;
}

uint8_t
fill_missed(fill_t fill, uint8_t lg_fill_div, bool again)
{
	if (fill == FILL_BURST && again && lg_fill_div > 0)
		return lg_fill_div - 1;
	return lg_fill_div;
}

uint8_t
fill_collected(fill_t fill, uint8_t lg_fill_div, unsigned max,
    unsigned low_water, bool ran_dry)
{
	if (fill != FILL_ADAPTIVE && fill != FILL_BURST)
		return lg_fill_div;
	if (low_water > 0)
		return max >> (lg_fill_div + 1) >= 1 ? lg_fill_div + 1
						     : lg_fill_div;
	if (fill == FILL_ADAPTIVE && ran_dry && lg_fill_div > 1)
		return lg_fill_div - 1;
	return lg_fill_div;
}
