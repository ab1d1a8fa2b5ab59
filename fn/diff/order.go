package diff

import (
	"sort"
	"strings"
)

// order says which items of a list stand elsewhere among those that are on both
// sides, in one change. As few items as can be are said to have moved.
func (w *walker) order(was, is []string, name func(key string) string) {
	place := make(map[string]int, len(was))
	for i, k := range was {
		place[k] = i
	}
	var kept []string
	var places []int
	for _, k := range is {
		if i, ok := place[k]; ok {
			kept, places = append(kept, k), append(places, i)
		}
	}
	if sort.IntsAreSorted(places) {
		return
	}
	stays := rising(places)
	before := make([]string, 0, len(kept)) // those kept, in the old order
	inNew := make(map[string]bool, len(kept))
	for _, k := range kept {
		inNew[k] = true
	}
	for _, k := range was {
		if inNew[k] {
			before = append(before, k)
		}
	}
	oldAfter, newAfter := after(before), after(kept)
	var old, new []string
	for i, k := range kept {
		if !stays[i] {
			old = append(old, name(k)+" "+behind(oldAfter[k], name))
			new = append(new, name(k)+" "+behind(newAfter[k], name))
		}
	}
	w.add(change{op: Reordered, old: Value{Present: true, Text: strings.Join(old, "\n")}, new: Value{Present: true, Text: strings.Join(new, "\n")}})
}

// after is what each item stands behind.
func after(keys []string) map[string]string {
	m := make(map[string]string, len(keys))
	for i := 1; i < len(keys); i++ {
		m[keys[i]] = keys[i-1]
	}
	return m
}

func behind(key string, name func(string) string) string {
	if key == "" {
		return "first"
	}
	return "after " + name(key)
}

// rising marks a longest rising run of numbers: what need not have moved.
func rising(numbers []int) []bool {
	var tails []int // indices of the smallest ends of runs, by length
	previous := make([]int, len(numbers))
	for i, n := range numbers {
		at := sort.Search(len(tails), func(t int) bool { return numbers[tails[t]] >= n })
		previous[i] = -1
		if at > 0 {
			previous[i] = tails[at-1]
		}
		if at == len(tails) {
			tails = append(tails, i)
		} else {
			tails[at] = i
		}
	}
	marked := make([]bool, len(numbers))
	for i := tails[len(tails)-1]; i >= 0; i = previous[i] {
		marked[i] = true
	}
	return marked
}
