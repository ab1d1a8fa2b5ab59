package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every help text shows an example first and ends with EXIT STATUS, and is the
// same whichever way it is asked for.
func TestHelp(t *testing.T) {
	var each func(c *cobra.Command, path []string)
	each = func(c *cobra.Command, path []string) {
		t.Run(strings.Join(append([]string{"airstrip"}, path...), " "), func(t *testing.T) {
			text := help(t, append(path, "--help"))
			if got := help(t, append([]string{"help"}, path...)); got != text {
				t.Errorf("airstrip help %s prints another text:\n%s", path, got)
			}
			short, rest, _ := strings.Cut(text, "\n\n")
			if strings.Contains(short, "\n") || strings.HasSuffix(short, ".") || short == "" {
				t.Errorf("the first line is %q, want one line without a period", short)
			}
			if !strings.HasPrefix(rest, "EXAMPLE\n  ") {
				t.Errorf("want an example after the first line, got:\n%s", text)
			}
			i := strings.LastIndex(text, "\n\n")
			if last := text[i+2:]; !strings.HasPrefix(last, "EXIT STATUS\n  0  done\n") || !strings.HasSuffix(last, "\n") {
				t.Errorf("want EXIT STATUS at the end, got:\n%s", text)
			}
			for _, line := range strings.Split(text, "\n") {
				if strings.TrimRight(line, " ") != line {
					t.Errorf("blanks at the end of %q", line)
				}
			}
		})
		for _, sub := range c.Commands() {
			each(sub, append(path[:len(path):len(path)], sub.Name()))
		}
	}
	each(newRoot(&terminal{}), nil)
}

func help(t *testing.T, args []string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if code := run(args, nil, &out, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("airstrip %s: exit status %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	return out.String()
}
