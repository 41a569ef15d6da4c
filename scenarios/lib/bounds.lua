-- How long things take in stock Nacos 3.0, each figure summed from the protocol's own timers.
--
-- A scenario that waits for one of these says so by name; the sums stand here once. All are upper bounds
-- unless the name says otherwise, and all leave 100 ms for transfer and work on a LAN.
local bounds = {}

local TRANSFER = ms(100)

-- A change waits for the sync delay (1 s), then for the next scan of the delay queue (0.1 s).
function bounds.push(one_way)
  return s(1) + ms(100) + (one_way or us(0)) + TRANSFER
end

-- Verify comes every 5 s, its FAIL queues an ADD without delay, which leaves at the next scan (0.1 s).
function bounds.repair(rtt)
  return s(5) + ms(100) + (rtt or us(0)) * 1.5 + TRANSFER
end

-- From a subscriber's node listing it to the subscriber listing it: the push waits 0.5 s and a tick (0.1 s).
bounds.notify = ms(500) + ms(100) + TRANSFER

-- What `count` losses in a row of one message add: each waits for a round trip and 200 ms, doubled every time.
function bounds.losses(count, rtt)
  return (rtt + ms(200)) * (2 ^ count - 1)
end

-- From the heal until what happened during the cut is known on both sides (the cut may have lasted
-- up to 30 s longer than `cut`, since stories do not heal on the dot):
--   reconnect   an attempt under way runs into its time-out (3 s); then the back-off, 0.1 s more after
--               every failed attempt, 5 s at most; then the handshake (3 round trips)
--   report      a peer that is not UP is asked every 5 s, in turn, and a call already sent into the cut
--               holds that loop for its time-out (3 s)
--   retry       a push that failed just before comes again after 3 s and a scan (0.1 s)
function bounds.after_heal(cut, nodes, rtt)
  rtt = rtt or ms(1)
  local backoff = ms(100) * ((cut + s(30)) / s(3) + 1)
  if backoff > s(5) then backoff = s(5) end
  local reconnect = s(3) + backoff + rtt * 3
  local report = s(5) + s(3) + rtt * (nodes - 1)
  local retry = s(3) + ms(100) + rtt
  return reconnect + report + retry + TRANSFER
end

-- A replica of a connection client goes when its lease is older than 180 s, looked at every 5 s. The last
-- VERIFY came up to one round (5 s) before its sender fell silent.
bounds.lease = s(180) + s(5) + TRANSFER
bounds.lease_earliest = s(180) - s(5) - TRANSFER

-- A client that dies silently: idle 20 s, the ejector's next look (3 s, and 5 s more if it waits for
-- another probe), its own probe (5 s), then a push of the DELETE.
bounds.silent_death = s(20) + s(3) + s(5) + s(5) + bounds.push()

-- An SDK whose server resets the connection goes to the next one at once (three round trips, or a refusal and
-- 0.1 s), and its redo task registers everything again within 3 s.
bounds.redo = s(3) + ms(500)

-- 1.x: a change waits in two stages of half a taskDispatchPeriod (1 s), each until the next scan (0.1 s).
bounds.push_v1 = s(1) + ms(100) + s(1) + ms(100) + TRANSFER

-- 1.x: a digest comes every 5 s, and whoever differs asks for what it lacks: two round trips.
function bounds.repair_v1(rtt)
  return s(5) + (rtt or us(0)) * 2 + TRANSFER
end

-- 1.x: the owner checks every 5 s whether a beat is 15 s old, or 30 s.
bounds.unhealthy_v1 = s(15) + s(5) + TRANSFER
bounds.expired_v1 = s(30) + s(5) + TRANSFER

-- 1.x: health is reported every 5 s, and asked for by whoever differs.
bounds.health_v1 = s(5) + TRANSFER

-- 1.x, after a heal: a report to each peer in turn (2 s each) makes it UP again, reports that ran into the cut
-- being over 5 s later at most; then a digest and its pull; and a push that had just failed comes again
-- after 5 s, and both stages.
function bounds.after_heal_v1(nodes)
  local report = s(2) * (nodes - 1) + s(5)
  local retry = s(5) + ms(100) + s(1) + ms(100) + TRANSFER
  return report + retry + bounds.repair_v1()
end

return bounds
