-- Question 5 of README.md: a provider's host vanishes silently; each cluster notices by itself, so that both regions'
-- consumers have let it go within 30 s (2.x: 20 to 28 s after its last message, which is up to 5 s old, then Distro and push),
-- or see it unhealthy after 15 s and gone after 30 to 40 s (1.x, by the owner's look every 5 s, then Distro, push or poll).
-- Nothing is relayed: the far cluster is as quick as the near one.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), hosts = 5 },
  topology = function(p) return dual.topology(p) end,
  must_see = { "client.killed", "client.ejected" },
  story = function(w, p)
    local near, far = {}, {}
    for _, variant in ipairs(dual.variants) do
      near[variant], far[variant] = dual.client(w, variant, "east"), dual.client(w, variant, "west")
      dual.client(w, variant, "east"):register { service = variant .. ".shop", ip = "10.9.9.9" }
      near[variant]:subscribe(variant .. ".shop")
      far[variant]:subscribe(variant .. ".shop")
    end
    step "hosts vanish, one after the other"
    for _, variant in ipairs(dual.variants) do
      local service, first, last = variant .. ".shop", hours(1), s(0)
      for _ = 1, p.hosts do
        local shop = dual.client(w, variant, "east")
        shop:register { service = service }
        wait(between(s(15), s(25)))
        expect(dual.sees(near[variant], shop, service) and dual.sees(far[variant], shop, service), "somebody misses it")
        shop:kill()
        local killed, unhealthy = now(), nil
        local ill = watch(function() local listed = dual.entry(far[variant]:sees(service), shop); return listed and not listed.healthy end)
        for _, consumer in ipairs { near[variant], far[variant] } do
          eventually(s(45), function() return not dual.sees(consumer, shop, service) end, variant .. ": gone")
          local took = now() - killed
          if took < first then first = took end
          if took > last then last = took end
        end
        if variant == "1.x" then
          expect(ill:first() and ill:first() - killed < s(23), "nobody saw it unhealthy")
        else
          expect(not ill:first(), "a connection client is never unhealthy")
        end
      end
      measure("gone, first, " .. variant, first)
      measure("gone, last, " .. variant, last)
      if variant == "1.x" then
        expect(first >= s(24) and last <= s(41), "out of 15 s / 30 s and what follows")
      else
        expect(first >= s(15) and last <= s(28) + s(1.8) + p.rtt, "out of 20 to 28 s and what follows")
      end
    end
  end,
}
