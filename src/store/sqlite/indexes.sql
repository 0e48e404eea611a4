-- Built when the first file is loaded, kept up to date by later ones.
CREATE INDEX IF NOT EXISTS span_by_trace ON span (trace_key);
CREATE INDEX IF NOT EXISTS log_by_hash ON log_record (hash, occurrence);
CREATE INDEX IF NOT EXISTS log_by_trace ON log_record (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS point_by_hash ON metric_point (hash, occurrence);
CREATE INDEX IF NOT EXISTS point_by_series ON metric_point (series_id, time_ns);
