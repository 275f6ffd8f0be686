# Thin front: installs what the target is missing, then asks SCons.
# `make help` lists the targets; SConstruct documents the variables.
TARGETS := lib workloads harness bench ab test report
VARS := $(foreach v,PROFILE BUDGET A B WORKLOAD RUN ARGS NAME BUILD LINK_ORDERS,\
	$(if $($(v)),'$(v)=$($(v))'))
JOBS := $(shell nproc)

.PHONY: help clean $(TARGETS)
help:
	@sed -n 's/^# *make/  make/p' SConstruct

$(TARGETS):
	@sh harness/setup.sh $@
	@scons -Q -s -j $(JOBS) $@ $(VARS)

clean:
	@rm -rf build
