package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// spent is the processor time that processes have taken so far, of all their threads:
// to the nanosecond, where /proc/PID/stat counts in hundredths of a second. A Go
// program keeps its threads, so that nothing of it is lost.
func spent(pids []int) (total time.Duration, err error) {
	for _, pid := range pids {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil {
			return 0, err
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				continue // the process has ended
			}
			word, _, _ := strings.Cut(string(text), " ")
			ns, err := strconv.ParseInt(word, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
			total += time.Duration(ns)
		}
	}
	return total, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
