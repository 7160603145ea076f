"""Are detectors built from channels that know no orientation, or do they pass on channels that do?"""
