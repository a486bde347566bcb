/** A dataset of as many calls as one likes, made by DuckDB. */

/** Two years of two sources. `draw` is a number from 0 to 999 that a call always gets. */
export const million = (folder: string, calls: number) =>
  [
    `CREATE MACRO draw(i, salt) AS (hash(i * 64 + salt) % 1000)::INTEGER;`,
    `CREATE MACRO moment(i) AS TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds((hash(i * 64 + 1) % 63072000)::BIGINT);`,
    `CREATE MACRO number(i) AS CASE WHEN draw(i, 2) < 20 THEN 'anonymous'
    ELSE '+1415' || lpad((hash(i * 64 + 3) % 200000)::VARCHAR, 7, '0') END;`,
    `CREATE TEMP VIEW made AS SELECT i, if(i % 3 = 0, 'allomia', 'allo') AS source, moment(i) AS started_at,
    CASE WHEN draw(i, 4) < 30 THEN NULL WHEN draw(i, 4) < 150 THEN 0
      ELSE (1 + exp(draw(i, 5) / 120.0) + draw(i, 6) / 10)::INTEGER END AS duration_seconds
    FROM range(${calls}) AS numbers (i);`,
    `COPY (SELECT
      'call-' || i AS call_id,
      if(source = 'allomia', 'org-' || (i % 5), 'team') AS organization_id,
      if(draw(i, 7) < 620, 'inbound', 'outbound') AS direction,
      started_at,
      started_at + to_seconds(duration_seconds) AS ended_at,
      duration_seconds,
      CASE WHEN source = 'allomia' AND draw(i, 8) < 50 THEN 'unknown'
        ELSE (['answered', 'answered', 'answered', 'answered', 'transferred', 'missed', 'missed', 'voicemail', 'blocked',
          'failed'])[1 + draw(i, 9) % 10] END AS outcome,
      NULL::VARCHAR AS outcome_raw,
      if(draw(i, 10) < 100, NULL, 'agent-' || (draw(i, 10) % 60)) AS agent_id,
      if(draw(i, 10) < 100, NULL, 'Agent number ' || (draw(i, 10) % 60)) AS agent_name,
      NULL::VARCHAR AS agent_email, NULL::VARCHAR AS team_id, NULL::VARCHAR AS team_name,
      '+1212555010' || (i % 10) AS line_number,
      number(i) AS contact_number,
      NULL::VARCHAR AS contact_id,
      if(draw(i, 11) < 500, 'Somebody ' || (hash(i * 64 + 3) % 200000), NULL) AS contact_name,
      NULL::VARCHAR AS company_id, NULL::VARCHAR AS company_name,
      []::STRUCT(id VARCHAR, name VARCHAR, company_id VARCHAR, company_name VARCHAR,
        deals STRUCT(id VARCHAR, name VARCHAR, status VARCHAR)[])[] AS contacts,
      if(source = 'allomia' AND draw(i, 12) < 800, 'intent_' || (draw(i, 12) % 40), NULL) AS primary_intent,
      if(source = 'allomia', (['positive', 'neutral', 'negative', NULL])[1 + draw(i, 13) % 4], NULL) AS sentiment,
      repeat('They spoke of ' || draw(i, 14) || '. ', 8) AS summary,
      if(source = 'allo', list_transform(range(draw(i, 15) % 4), n -> 'tag_' || (draw(i, 16 + n) % 30)),
        []::VARCHAR[]) AS tags,
      draw(i, 20) < 700 AS has_recording, NULL::BOOLEAN AS has_transcript,
      if(source = 'allomia' AND draw(i, 8) >= 50, started_at + INTERVAL 1 HOUR, NULL) AS details_at,
      if(source = 'allomia', started_at, NULL) AS created_at,
      NULL::VARCHAR AS extra, started_at + INTERVAL 2 HOUR AS exported_at,
      source, strftime(started_at, '%Y-%m') AS month
    FROM made) TO '${folder}/calls' (FORMAT parquet, PARTITION_BY (source, month), ROW_GROUP_SIZE 30000);`,
    `COPY (SELECT
      'message-' || i AS message_id, if(draw(i, 7) < 400, 'inbound', 'outbound') AS direction, moment(i) AS sent_at,
      '+12125550100' AS line_number, number(i) AS contact_number, 'Words' AS content, []::VARCHAR[] AS tags,
      moment(i) AS exported_at, 'allo' AS source, strftime(moment(i), '%Y-%m') AS month
    FROM range(${calls}, ${calls + Math.round(calls * 0.3)}) AS numbers (i)
  ) TO '${folder}/messages' (FORMAT parquet, PARTITION_BY (source, month));`,
    `COPY (SELECT
      'team' AS scope, 'items' AS stream, began AS from_at, began + INTERVAL 1 DAY AS to_at, 'certified' AS verdict,
      0 AS quarantined, began + INTERVAL 2 DAY AS read_at, source, strftime(began, '%Y-%m') AS month
    FROM range(TIMESTAMPTZ '2024-01-01 00:00:00+00', TIMESTAMPTZ '2025-12-30 00:00:00+00', INTERVAL 1 DAY) AS days (began),
      (VALUES ('allo'), ('allomia')) AS sources (source)
    WHERE day(began) <> 17
  ) TO '${folder}/certificates' (FORMAT parquet, PARTITION_BY (source, month));`
  ].join("\n")
