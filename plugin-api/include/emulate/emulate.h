#pragma once

/// Everything a plugin needs.

#include "emulate/cpu.h"
#include "emulate/event.h"
#include "emulate/host_services.h"
#include "emulate/machine.h"
#include "emulate/machine_note.h"
#include "emulate/os_abi.h"
#include "emulate/plugin.h"
#include "emulate/types.h"
