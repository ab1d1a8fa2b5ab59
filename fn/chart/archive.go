package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
)

// Limits on what a repository can make us read. The largest official chart is
// 100 KB packed, 1 MB unpacked and has under 200 files.
const (
	maxArchive  = 64 << 20  // packed
	maxUnpacked = 256 << 20 // with the subcharts packed inside
	maxFile     = 32 << 20
	maxFiles    = 10_000
)

// A budget is what is left to unpack. One budget serves an archive and all the
// archives within it, which Helm's loader counts anew for each: archives in
// archives are how a small file becomes a large one.
type budget struct {
	bytes int64
	files int
}

func newBudget() *budget { return &budget{bytes: maxUnpacked, files: maxFiles} }

// spend accounts for one file.
func (b *budget) spend(name string, size int64) error {
	if size > maxFile {
		return fmt.Errorf("%s: larger than %d MiB", name, maxFile>>20)
	}
	b.files--
	b.bytes -= size
	if b.files < 0 {
		return fmt.Errorf("more than %d files", maxFiles)
	}
	if b.bytes < 0 {
		return fmt.Errorf("larger than %d MiB unpacked", maxUnpacked>>20)
	}
	return nil
}

var utf8BOM = []byte("\xef\xbb\xbf")

// unpack reads the files of a chart archive, without the top directory. It
// stands in for Helm's LoadArchiveFiles, which takes a link for an empty file,
// drops a leading "..", and keeps both of two files with one name.
func unpack(data []byte, b *budget) ([]*loader.BufferedFile, error) {
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, notAnArchive(data)
	}
	// Headers and padding cost time too, and a sparse file none of it: count
	// the stream here and the files in spend.
	stream := &io.LimitedReader{R: zr, N: b.bytes + 1}
	tr := tar.NewReader(stream)
	var files []*loader.BufferedFile
	seen := map[string]bool{}
	for {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, brokenArchive(err, stream)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		name, err := entryName(h)
		if err != nil {
			return nil, err
		}
		if name == "" {
			continue
		}
		if seen[name] {
			return nil, fmt.Errorf("archive has %s twice", name)
		}
		seen[name] = true
		if err := b.spend(name, h.Size); err != nil {
			return nil, err
		}
		content := make([]byte, h.Size)
		if _, err := io.ReadFull(tr, content); err != nil {
			return nil, brokenArchive(err, stream)
		}
		files = append(files, &loader.BufferedFile{Name: name, Data: bytes.TrimPrefix(content, utf8BOM)})
	}
	// The checksum of gzip stands after the end of the tar.
	if _, err := io.Copy(io.Discard, stream); err != nil || stream.N == 0 {
		return nil, brokenArchive(err, stream)
	}
	if len(files) == 0 {
		return nil, errors.New("archive is empty")
	}
	return unpackSubcharts(files, b)
}

// entryName returns the path of an entry below the top directory, or "" for a
// directory.
func entryName(h *tar.Header) (string, error) {
	name := strings.ReplaceAll(h.Name, `\`, "/") // packed on Windows
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("archive entry %q leaves the chart's directory", h.Name)
		}
	}
	name = path.Clean(name)
	if isAbs(name) {
		return "", fmt.Errorf("archive entry %q has an absolute path", h.Name)
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return "", nil
	case tar.TypeReg:
	default:
		return "", fmt.Errorf("archive entry %q is a link or a device; a chart holds files and directories only", h.Name)
	}
	_, below, ok := strings.Cut(name, "/")
	if !ok {
		return "", fmt.Errorf("archive entry %q is not in the chart's directory", h.Name)
	}
	if isAbs(below) {
		return "", fmt.Errorf("archive entry %q has an absolute path", h.Name)
	}
	return below, nil
}

// isAbs also knows the paths of Windows, with a drive.
func isAbs(name string) bool {
	return path.IsAbs(name) || len(name) > 2 && name[1] == ':' && name[2] == '/'
}

// unpackSubcharts replaces each charts/NAME.tgz by its files, which means the
// same to Helm and keeps it from unpacking them outside of the budget.
func unpackSubcharts(files []*loader.BufferedFile, b *budget) ([]*loader.BufferedFile, error) {
	var out []*loader.BufferedFile
	for i, f := range files {
		if !isSubchartArchive(f.Name) {
			if out != nil {
				out = append(out, f)
			}
			continue
		}
		if out == nil {
			out = append(make([]*loader.BufferedFile, 0, 2*len(files)), files[:i]...)
		}
		inner, err := unpack(f.Data, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		for _, g := range inner {
			g.Name = f.Name + ".unpacked/" + g.Name
			out = append(out, g)
		}
	}
	if out == nil {
		return files, nil
	}
	return out, nil
}

// isSubchartArchive reports whether Helm would unpack the file: it is in the
// charts directory of the chart, or of a chart in that directory, and so on.
// Helm skips names that begin with a dot or an underscore.
func isSubchartArchive(name string) bool {
	for {
		rest, ok := strings.CutPrefix(name, "charts/")
		if !ok || strings.IndexAny(rest, "_.") == 0 {
			return false
		}
		_, below, deeper := strings.Cut(rest, "/")
		if !deeper {
			return path.Ext(rest) == ".tgz"
		}
		name = below
	}
}

// notAnArchive says what came instead of a gzip file.
func notAnArchive(data []byte) error {
	switch {
	case len(data) == 0:
		return errors.New("archive is empty")
	case isHTML(data):
		return errors.New("a web page came instead of a chart archive; a login page or a proxy may have answered")
	}
	return errors.New("not a chart archive: it is not in gzip format")
}

func isHTML(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 512)], "\ufeff \t\r\n"), []byte("<"))
}

func brokenArchive(err error, stream *io.LimitedReader) error {
	switch {
	case stream.N <= 0:
		return fmt.Errorf("larger than %d MiB unpacked", maxUnpacked>>20)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("archive ends too early: it was cut short")
	}
	return fmt.Errorf("archive is damaged: %w", err)
}

// readFile is os.ReadFile with a limit.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, limit>>20)
	}
	return data, nil
}
