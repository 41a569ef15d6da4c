-- Question 6 of README.md: one of three servers goes. Reset, its clients have registered again elsewhere within 3.5 s (redo every 3 s);
-- silent, within 26 s (a health check after 5 to 10 s idle, four tries of 3 s). In the other region no instance is missing for a
-- moment: what the dead server brought there is leased for 180 s, and the clients' new records come first.
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), each = 6 },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "client.switched", "client.redo" },
  story = function(w, p)
    local n1 = w:node "east/n1"
    local shops = {}
    for i = 1, p.each do
      shops[i] = w:client { name = "shop-" .. i, server = n1 }
      shops[i]:register { service = "shop" }
    end
    local user = w:client { name = "user", server = "west", subscribe = { "shop" } }
    wait(between(s(20), s(26)))
    local known = always(function() return w:node "west/n1":knows(shops) and #user:sees "shop" == p.each end, "the other region lost something")
    local function all_back(what, from, latest)
      local function back()
        for _, shop in ipairs(shops) do
          local server = shop:server()
          if not server or server == n1 or not server:knows(shop) then return false end
        end
        return true
      end
      eventually(latest, back, what .. ": registered again elsewhere")
      measure(what .. ", all registered again", now() - from)
    end
    step "it crashes: connections are reset"
    w:crash(n1)
    all_back("reset", now(), s(3.5))
    wait(s(30))
    w:restart(n1)
    wait(s(40))
    for _, shop in ipairs(shops) do expect(shop:connect(n1), "n1 is not back") end
    wait(s(30))
    step "it falls silent"
    w:blackhole(n1)
    all_back("silent", now(), s(26))
    wait(s(20))
    known:stop()
  end,
}
