#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that operators drive routers with, against a real daemon. run.py [TEST...]; one line for each, then how many."""
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cllab  # noqa: E402
import t_common  # noqa: E402
import t_hostile  # noqa: E402
import t_netmiko  # noqa: E402
import t_tools  # noqa: E402

MODULES = (t_common, t_netmiko, t_tools, t_hostile)


def main():
    if os.getuid() != 0:
        sys.exit("run.py: namespaces need root")
    only = sys.argv[1:]
    tests = [(name, fn) for m in MODULES for name, fn in vars(m).items() if name.startswith("test_") and
             (not only or any(o in name for o in only))]
    passed = failed = 0
    try:
        for name, fn in tests:
            begun = time.monotonic()
            try:
                fn()
                passed += 1
                print("ok - %s (%.1f s)" % (name, time.monotonic() - begun))
            except Exception:
                failed += 1
                print("not ok - %s" % name)
                traceback.print_exc(file=sys.stdout)
            cllab.hang_up()
            sys.stdout.flush()
    finally:
        for n in cllab.LABS.values():
            if failed:
                print("---- log of R1\n" + n.log("ks")[-3000:])
            n.down()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
