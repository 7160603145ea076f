"""What a run needs beside the science: configuration, code hashes, registered runs, processes, the command line."""
