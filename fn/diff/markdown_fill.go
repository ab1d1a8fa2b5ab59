package diff

import (
	"fmt"
	"slices"
	"strings"
)

// fill puts rows on the page that cost at most so many characters together. Each
// section first gets its share, and in it a row of every environment that has one;
// what a section does not need, the others may use, in order. Long values come last.
func (p *mdPage) fill(left int) {
	budget := left
	// head is what a section costs before its first row.
	head, opened := map[*mdSection]int{}, map[*mdGroup]bool{}
	for _, s := range p.sections {
		all, _ := s.count()
		head[s] = length(s.title) + length(s.left(all, all))
	}
	take := func(s *mdSection, g *mdGroup, u *mdUnit, most int) int {
		cost := length(u.row) + head[s]
		if !opened[g] {
			cost += length(g.open) + length(g.close) + 1 // the blank line below the rows
		}
		if u.in || cost > most {
			return 0
		}
		u.in, head[s], opened[g] = true, 0, true
		return cost
	}
	for _, s := range p.sections {
		share := min(budget*s.share/100, left)
		spent := 0
		seen := map[string]bool{}
		for g, u := range s.units {
			if slices.ContainsFunc(u.envs, func(e string) bool { return !seen[e] }) {
				cost := take(s, g, u, share-spent)
				spent += cost
				if cost > 0 {
					for _, e := range u.envs {
						seen[e] = true
					}
				}
			}
		}
		for g, u := range s.units {
			spent += take(s, g, u, share-spent)
		}
		left -= spent
	}
	for _, s := range p.sections {
		for g, u := range s.units {
			left -= take(s, g, u, left)
		}
	}
	for _, s := range p.sections {
		for _, u := range s.units {
			if cost := length(u.detail); u.in && cost > 0 && cost <= left {
				u.shown = true
				left -= cost
			}
		}
	}
}

// missing is the line that says what of the report is not on the page.
func (p *mdPage) missing() string {
	var parts []string
	details := 0
	for _, s := range p.sections {
		all, in := s.count()
		if in < all {
			parts = append(parts, fmt.Sprintf("%d of %s", all-in, plural(all, s.noun)))
		}
		for _, u := range s.units {
			if u.detail != "" && !u.shown {
				details++
			}
		}
	}
	if details > 0 {
		parts = append(parts, plural(details, "long value"))
	}
	if len(parts) == 0 {
		return ""
	}
	line := "**Not all of it fits here.** Left out: " + strings.Join(parts, ", ") + "."
	if p.full != "" {
		line += " All of it: " + p.full + "."
	}
	return line + "\n\n"
}

// environments is the table that names each of them, and what of it is not shown.
// Those of which the same is true share a row, unless they are to stand apart.
func (p *mdPage) environments(apart bool) string {
	if len(p.order.names) == 0 {
		return ""
	}
	missing := p.missingOf()
	head := []string{"Environment", "Applied by", "Objects", "Added", "Removed", "Changed"}
	align := []string{"---", "---", "--:", "--:", "--:", "--:"}
	if len(missing) > 0 {
		head, align = append(head, "Not shown here"), append(align, "---")
	}
	b := "#### Environments\n\n" + mdRow(head...) + mdRow(align...)
	var keys []string
	sharing := map[string][]string{}
	for _, e := range p.report.Environments {
		cells := []string{mdProse(agentName(e.Agent)), mdStep(fmt.Sprint(e.Old), fmt.Sprint(e.New)), mdCount(e.Added), mdCount(e.Removed), mdCount(e.Changed)}
		if e.Error != "" {
			cells = []string{mdProse(agentName(e.Agent)), "not rendered", "", "", ""}
		}
		if len(missing) > 0 {
			cells = append(cells, missing[e.Name])
		}
		key := mdRow(cells...)
		if apart {
			b += mdRow(append([]string{mdCode(e.Name)}, cells...)...)
			continue
		}
		if sharing[key] == nil {
			keys = append(keys, key)
		}
		sharing[key] = append(sharing[key], mdCode(e.Name))
	}
	for _, key := range keys {
		// A row without its first cell, and the cell.
		b += strings.TrimSuffix(mdRow(strings.Join(sharing[key], ", ")), "\n") + strings.TrimPrefix(key, "|")
	}
	return b + "\n"
}

// missingOf says of each environment how many rows that concern it are not shown.
func (p *mdPage) missingOf() map[string]string {
	of := map[string][]string{}
	for _, s := range p.sections {
		counts := map[string]int{}
		for _, u := range s.units {
			if !u.in {
				for _, e := range u.envs {
					counts[e] += max(u.rows, 1)
				}
			}
		}
		for _, e := range p.order.names {
			if counts[e] > 0 {
				of[e] = append(of[e], plural(counts[e], s.noun))
			}
		}
	}
	joined := make(map[string]string, len(of))
	for e, parts := range of {
		joined[e] = strings.Join(parts, ", ")
	}
	return joined
}

// line names the environments and no more.
func (p *mdPage) line() string {
	names := make([]string, len(p.order.names))
	for i, e := range p.report.Environments {
		names[i] = mdCode(e.Name)
		if e.Error != "" {
			names[i] += " (not rendered)"
		}
	}
	return "Environments: " + strings.Join(names, ", ") + "\n"
}
