-- Multi-site 2.2, consequence 4: the stacks of a 2.x client share one cache, and a list whose lastRefTime is older than the one before replaces it
-- without a change event. lastRefTime is a server's wall clock, so while one cluster's clocks are behind the other's, changes that
-- its pushes bring first are in the cache (getAllInstances) and never told to a listener (Dubbo): when the other cluster tells of
-- them, too, its list equals the cache, and equal lists raise no event either. Which cluster is first depends on where the
-- stacks are connected, so some listeners miss every change and others none. Polls (SDK 2.1: every 60 s) change
-- nothing about that. With the clocks together everybody is told.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), behind = minutes(5), changes = 10, listeners = 8 },
  topology = function(p)
    local clocks = {}
    for i = 1, 3 do clocks["west/n" .. i] = { offset = -p.behind } end
    return dual.topology(p, { clocks = clocks })
  end,
  must_see = { "client.updated" },
  story = function(w, p)
    local shop = dual.client(w, "2.x", "west")
    shop:register { service = "shop", metadata = { v = "0" } }
    wait(s(3))
    local listeners = {}
    for i = 1, p.listeners do
      listeners[i] = dual.client(w, "2.x", "west")
      listeners[i]:subscribe "shop"
    end
    wait(s(5))
    local function version(list) return list[1] and list[1].metadata.v end
    local unheard = 0
    for i = 1, p.changes do
      wait(between(s(3), s(9)))
      shop:update { service = "shop", metadata = { v = tostring(i) } }
      wait(s(3))
      for _, k in ipairs(listeners) do
        expect(version(k:sees "shop") == tostring(i), "a cache lacks it")
        if version(k:heard "shop") ~= tostring(i) then unheard = unheard + 1 end
      end
    end
    measure("share of changes that a listener did not hear of", unheard / p.changes / p.listeners)
    if p.behind == s(0) then
      expect(unheard == 0, "a listener missed a change though the clocks agree")
      return
    end
    expect(unheard > 0, "every change was told")
    local deaf = {}
    for i, k in ipairs(listeners) do deaf[i] = version(k:heard "shop") ~= tostring(p.changes) end
    wait(minutes(3))
    for i, k in ipairs(listeners) do
      expect(deaf[i] == (version(k:heard "shop") ~= tostring(p.changes)), "a poll told it after all")
    end
  end,
}
