-- Words for the answers in scenarios/ask/: durations as people say them, and what consumers went through.
local ask = {}

-- "830 ms", "3.2 s", "2 min 12 s"
function ask.time(d)
  local seconds = d / s(1)
  if seconds < 0.9995 then return string.format("%.0f ms", seconds * 1000) end
  if seconds < 99.95 then return string.format("%.1f s", seconds) end
  return string.format("%.0f min %.0f s", math.floor(seconds / 60), seconds % 60)
end

-- Registers `providers` instances of one service, and lets `consumers` clients subscribe to it.
function ask.fleet(w, providers, consumers)
  w:fleet { name = "shop", clients = providers, services = 1, over = s(2) }
  wait(s(8))
  local watched = { all = providers, clients = {} }
  for i = 1, consumers do watched.clients[i] = w:client { name = "app-" .. i, subscribe = "shop.svc-1" } end
  wait(s(8))
  for _, client in ipairs(watched.clients) do
    expect(#client:sees "shop.svc-1" == providers, client.name .. " does not see all providers before anything happens")
  end
  return watched
end

-- From here on: the shortest list that any of them had, for how long the worst had fewer than all, and none.
function ask.follow(watched)
  local seen = { least = watched.all, short = s(0), empty = s(0) }
  local spans = {}
  for i, client in ipairs(watched.clients) do
    spans[i] = {
      short = watch(function()
        local n = #client:sees "shop.svc-1"
        if n < seen.least then seen.least = n end
        return n < watched.all
      end),
      empty = watch(function() return #client:sees "shop.svc-1" == 0 end),
    }
  end
  local function longest(which)
    local most = s(0)
    for _, each in ipairs(spans) do
      local sum = s(0)
      for _, span in ipairs(each[which]:spans()) do sum = sum + ((span.to or now()) - span.from) end
      if sum > most then most = sum end
    end
    return most
  end
  function seen.finish()
    seen.short, seen.empty = longest "short", longest "empty"
    measure("shortest list", seen.least)
    measure("worst consumer had fewer for", seen.short)
    measure("worst consumer had none for", seen.empty)
    return seen
  end
  return seen
end

-- What `seen` says of consumers, as a sentence.
function ask.consumers(watched, seen)
  if seen.least == watched.all then return "Every consumer listed all " .. watched.all .. " providers all the time." end
  local text = string.format("The shortest list had %d of %d providers; the worst consumer had fewer than all for %s",
    seen.least, watched.all, ask.time(seen.short))
  if seen.empty > s(0) then return text .. ", and none for " .. ask.time(seen.empty) .. "." end
  return text .. ", but none was ever without."
end

return ask
