-- Question 9 of README.md: the power goes off in the east, servers and applications alike. The west has let go of all that is dead as soon as it
-- would have let go of a single dead client: no record of it was copied from server to server, so nothing waits for a lease of 180 s.
-- 2.x: by ejection (bounds.silent_death) and a push; 1.x: 30 s after the last beat, the owner's look, Distro, a push or a poll.
local dual = require "dual"
local bounds = require "bounds"

return scenario {
  params   = { rtt = ms(30), each = 4 },
  topology = function(p) return dual.topology(p) end,
  must_see = { "client.killed", "client.ejected", "beat.expired" },
  always   = { checks.no_zombies { grace = s(45) } },
  story = function(w, p)
    local west = w:cluster "west"
    local dead, alive, consumer = {}, {}, {}
    for _, variant in ipairs(dual.variants) do
      dead[variant], alive[variant] = {}, {}
      for i = 1, p.each do
        dead[variant][i], alive[variant][i] = dual.client(w, variant, "east"), dual.client(w, variant, "west")
        dead[variant][i]:register { service = variant .. ".shop" }
        alive[variant][i]:register { service = variant .. ".shop" }
      end
      consumer[variant] = dual.client(w, variant, "west", { subscribe = { variant .. ".shop" } })
    end
    wait(between(s(25), s(31)))
    for _, variant in ipairs(dual.variants) do
      expect(#consumer[variant]:sees(variant .. ".shop") == 2 * p.each, variant .. ": the consumer misses somebody")
      if variant ~= "1.x" then -- one with a beat under way: dual-a-black-hole-abroad-costs-the-instance-at-home
        never(function() return not west:all_know(alive[variant]) end, variant .. ": the west lost its own")
      end
    end

    step "the east is gone"
    local gone = now()
    w:blackhole { w:cluster("east"):nodes() }
    for _, variant in ipairs(dual.variants) do
      for _, shop in ipairs(dead[variant]) do shop:kill() end
    end
    local latest = { ["2.x"] = bounds.silent_death, ideal = bounds.silent_death, ["1.x"] = s(30) + s(5) + bounds.push() }
    for _, variant in ipairs(dual.variants) do
      spawn(function()
        eventually(latest[variant], function() return west:none_knows(dead[variant]) end, variant .. ": no zombie in the west")
        measure("last zombie at the servers, " .. variant, now() - gone)
        -- A 1.x consumer that no datagram finds waits for its poll: 10 s, and the dead region's three servers cost 3 s each. One whose
        -- poll was under way waits 50 s for an answer, and its subscriptions lapse meanwhile.
        local told = variant == "1.x" and s(50) + s(6) + s(10) + s(9) or bounds.notify
        eventually(told, function()
          for _, shop in ipairs(dead[variant]) do
            if dual.sees(consumer[variant], shop, variant .. ".shop") then return false end
          end
          return true
        end, variant .. ": nor in a consumer's cache")
        measure("last zombie in a cache, " .. variant, now() - gone)
      end)
    end
    wait(minutes(4))
    for _, variant in ipairs(dual.variants) do
      expect(#consumer[variant]:sees(variant .. ".shop") == p.each, variant .. ": the living are not all seen")
    end
  end,
}
