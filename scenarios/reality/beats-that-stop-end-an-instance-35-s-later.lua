-- An instance whose beats stop is unhealthy after 15 to 20.6 s and gone after 30 to 35.6 s, on its owner first. The
-- owner checks every 5 s whether the last beat of a client is 15 s old, and 30: which of its checks is the first to
-- find it late depends on where in the period the beats came.
local twin = require "twin"

return scenario {
  topology = function() return twin.topology() end,
  must_see = { "beat.late", "beat.expired" },
  story = function(w)
    local nodes = { w:nodes() }
    local k, begun = {}, {}
    local function tag(i) return "10.128.0." .. (3 + 7 * i), 8080 + i end
    for i = 1, 10 do
      wait(between(s(0), s(1)))
      local ip, port = tag(i)
      k[i] = w:client { name = "h" .. i, kind = "nacos-client-1", server = nodes[i % 3 + 1], ip = ip, port = port }
      local stored = twin.follow(w, "register.h" .. i, function(n) return n:knows(k[i]) end)
      expect(k[i]:register { service = "svc" }, "refused")
      local registered = now()
      wait(s(2.5))
      stored(registered)
    end
    wait(s(12))

    step "one after the other they fall silent"
    for i = 1, 10 do
      begun[i] = spawn(function()
        local _, port = tag(i)
        wait(between(s(0), s(5)))
        local beats = w:intercept { from = k[i], op = "BEAT", nth = "all", action = "observe" }
        wait(s(6))
        k[i]:kill()
        local times = beats:times()
        local function is_late(n)
          local instance = twin.listed(n, port)
          return instance and not instance.healthy
        end
        local late = twin.follow(w, "unhealthy.h" .. i, is_late)
        local listed = twin.follow(w, "deleted.h" .. i, function(n) return not twin.listed(n, port) end)
        wait(s(50))
        late(times[#times])
        listed(times[#times])
      end)
    end
    wait(s(62))
    expect(w:none_knows(k), "one of them is stored still")
  end,
}
