"""The disposable environment with the packages of requirements.txt, for the scripts of this folder, and the start of a peer in it."""
import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def environment():
    """Path of a Python that has the packages; None with a printed reason."""
    named = os.environ.get("ANSPRUCH_INTEROP_VENV")
    if named:
        return os.path.join(named, "bin", "python")
    directory = tempfile.mkdtemp(prefix="interop")
    atexit.register(shutil.rmtree, directory, True)
    subprocess.run([sys.executable, "-m", "venv", directory], check=True, capture_output=True)
    python = os.path.join(directory, "bin", "python")
    done = subprocess.run([python, "-m", "pip", "install", "-q", "-r", os.path.join(HERE, "requirements.txt")], capture_output=True, text=True)
    if done.returncode:
        print("not run: the packages of tests/interop/requirements.txt cannot be installed: " + done.stderr.strip().rpartition("\n")[2])
        return None
    return python


def begin(name):
    """The first thing a script does, given its __name__: the program it is called with goes where the tests of the folder e2e look for it, and they can be imported. The Python of the environment; None: say 77."""
    sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
    if name != "__main__":
        return sys.executable
    os.environ["ANSPRUCH"] = os.path.abspath(sys.argv.pop(1))
    return environment()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_for(port, process, name):
    """Until something listens; the peer's end is an error."""
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError(name + " ended")
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise RuntimeError(name + " does not listen")
