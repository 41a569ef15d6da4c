-- What dies together with its node is gone within a minute: wrong, the replicas' lease lasts three.
local function kill_all(clients)
  for _, k in ipairs(clients) do k:kill() end
end

return scenario {
  topology = { sites = { east = 3, west = 2 }, lan = { rtt = us(500) }, wan = { rtt = ms(30), jitter = percent(10) } },
  story    = function(w)
    local fleet = w:fleet { name = "fleet", clients = 40, services = 5, over = s(5), payload = bytes(60) }
    fleet:churn { register = per_second(1), close = per_second(1), for_ = s(20) }
    wait(s(25))
    local doomed = {}
    for i = 1, 5 do
      doomed[i] = w:client { name = "doomed-" .. i, server = "east/n1" }
      expect(doomed[i]:register { service = "doomed" }, "refused")
    end
    wait(between(s(5), s(10)))
    step "the rack loses power"
    w:crash "east/n1"
    kill_all(doomed)
    w:link("east/n2", "west/n1", { loss = percent(5) })
    wait(s(20))
    w:heal()
    eventually(s(60), function() return w:none_knows(doomed) end, "the dead are forgotten")
  end,
}
