-- What the incidents share: they run under any release, and releases take their own time.
local incident = {}

local DATA = "nacos.core.protocol.distro.data."

-- Servers of 1.x have no gRPC, so their clients beat.
function incident.clients()
  return setting "distrosim.generation" == 1 and "nacos-client-1" or "nacos-client-2"
end

-- A change is known everywhere: the release's sync delay (1.x collects twice for as long), a scan, the transfer.
function incident.push()
  if setting "distrosim.generation" == 1 then return setting "nacos.naming.distro.taskDispatchPeriod" + ms(500) end
  return setting(DATA .. "sync.delayMs") + ms(200)
end

-- A push that was lost comes again: its time-out, the retry delay, a scan.
function incident.retry()
  return setting(DATA .. "sync.timeoutMs") + setting(DATA .. "sync.retryDelayMs") + ms(200)
end

-- A wrong copy is found by the next VERIFY and repaired.
incident.repair = s(5) + ms(500)

-- Calls f once, in any phase of the timers, when all know `clients`.
function incident.settled(w, clients)
  eventually(s(10) + incident.push(), function() return w:all_know(clients) end, "known everywhere, to begin with")
  wait(between(s(6), s(12)))
end

-- The longest stretch in which what a watch watches was true.
function incident.longest_span(watched)
  local longest = s(0)
  for _, span in ipairs(watched:spans()) do
    local length = (span.to or now()) - span.from
    if length > longest then longest = length end
  end
  return longest
end

-- Watches how long f is true; call what it returns to measure the longest stretch, and get it.
function incident.longest(name, f)
  local watched = watch(f)
  return function()
    local longest = incident.longest_span(watched)
    measure(name, longest)
    return longest
  end
end

return incident
